using System.Globalization;
using Bifrost.Jobs.Store;

namespace Bifrost.Jobs.Grains;

/// <summary>Sentences for those who submit.</summary>
internal static class JobTexts
{
    public static string QueueFull(JobQueueFull full) => full.Limit == JobQueueLimit.Jobs
        ? string.Create(CultureInfo.InvariantCulture,
            $"The virtual key has {full.Has} jobs that have not ended and may have {full.Max}. Submit more once some have ended.")
        : string.Create(CultureInfo.InvariantCulture,
            $"The virtual key's jobs that have not ended hold {full.Has} bytes and may hold {full.Max}; this one does not fit. Submit it later.");
}
