using System.Globalization;
using Bifrost.Jobs.Store;

namespace Bifrost.Jobs.Grains;

/// <summary>Sentences for those who submit.</summary>
internal static class JobTexts
{
    public static string QueueFull(JobQueueFull full) => full.Limit switch
    {
        JobQueueLimit.Jobs => string.Create(CultureInfo.InvariantCulture,
            $"The virtual key has {full.Has} jobs that have not ended and may have {full.Max}. Submit more once some have ended."),
        JobQueueLimit.Bytes => string.Create(CultureInfo.InvariantCulture,
            $"The virtual key's jobs that have not ended hold {full.Has} bytes and may hold {full.Max}; this one does not fit. Submit it later."),
        _ => string.Create(CultureInfo.InvariantCulture,
            $"The virtual key's ended jobs keep {full.Has} bytes and may keep {full.Max} (jobs.kept_mb_per_key_max). They are deleted when their ")
            + "lifetime ends: submit later, and with a shorter x-bf-async-job-result-ttl.",
    };
}
