using System.Globalization;

namespace Bifrost.Http.Connections;

/// <summary>How many connections of callers may be open.</summary>
/// <param name="Max">All together.</param>
/// <param name="AddressMax">Those of one address; trusted proxies carry the requests of many and have no such limit.</param>
public sealed record ConnectionLimits(int Max, int AddressMax)
{
    /// <summary>
    /// Files that the process has open without any caller: two for each assembly, the store, the silo, the log. 305 after the first call, 490 with all
    /// that it refers to. The runtime remembers a load that failed, so there is room for all of it at any time.
    /// </summary>
    private const int OwnFiles = 512;

    private const int Least = 32;

    /// <summary>With fewer files the least number of connections could take those that the process itself needs.</summary>
    public const long FilesMin = OwnFiles + (Least * 5 / 2);

    private const int Most = 16_384;

    private const string LimitsFile = "/proc/self/limits";
    private const string FilesLine = "Max open files";

    /// <summary>
    /// Out of the files that the process may have open (RLIMIT_NOFILE): two fifths for callers, as many for the upstream connections of their
    /// calls, and the rest for upstreams of calls whose client left and for jobs (<see cref="OtherUpstreamsMax"/> each). One address may have a quarter.
    /// </summary>
    public static ConnectionLimits Of(long filesMax)
    {
        var max = (int)Math.Clamp((filesMax - OwnFiles) * 2 / 5, Least, Most);
        return new ConnectionLimits(max, Math.Max(Least / 2, max / 4));
    }

    /// <summary>Upstream connections of calls whose client left, and as many of jobs.</summary>
    public int OtherUpstreamsMax => Max / 4;

    public static ConnectionLimits OfProcess() => Of(FilesOfProcess());

    /// <summary>How many files this process may have open; as if it were many where the system does not tell it.</summary>
    public static long FilesOfProcess() => File.Exists(LimitsFile) ? FilesIn(File.ReadAllText(LimitsFile)) : long.MaxValue / 4;

    /// <summary>The soft limit of open files in the text of <c>/proc/self/limits</c>.</summary>
    public static long FilesIn(string limits)
    {
        foreach (var line in limits.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(FilesLine, StringComparison.Ordinal)) continue;
            var soft = line[FilesLine.Length..].TrimStart();
            var end = soft.IndexOf(' ');
            return long.TryParse(end < 0 ? soft : soft[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var files) ? files : long.MaxValue / 4;
        }

        return long.MaxValue / 4;
    }
}
