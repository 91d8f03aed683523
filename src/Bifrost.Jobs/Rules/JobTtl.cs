using System.Globalization;

namespace Bifrost.Jobs.Rules;

/// <summary>How long a result can be read (contract section 8).</summary>
public static class JobTtl
{
    /// <summary>
    /// The seconds that <c>x-bf-async-job-result-ttl</c> asks for. Missing, not an integer, negative or 0: the default. More than the cap:
    /// the cap.
    /// </summary>
    public static long Seconds(string? header, JobOptions options)
    {
        var max = Math.Max(1, (long)options.ResultTtlMax.TotalSeconds);
        var asked = long.TryParse(header?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;
        return Math.Clamp(asked > 0 ? asked : (long)options.ResultTtl.TotalSeconds, 1, max);
    }
}
