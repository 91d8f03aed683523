using Bifrost.Catalog.Json;
using Bifrost.Jobs.Rules;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>jobs</c>, and of <c>client</c> what is said about jobs there.</summary>
internal static class JobReader
{
    private const int DaySeconds = 86_400;

    public static JobOptions Read(Section? section, ClientSettings client)
    {
        var options = new JobOptions();

        // 0 means the default, as it does in the header.
        if (client.AsyncJobResultTtlSeconds > 0) options = options with { ResultTtl = TimeSpan.FromSeconds(client.AsyncJobResultTtlSeconds) };
        if (section is null) return Fitting(options);
        options = options with
        {
            Partitions = (int)(section.Whole("partitions", 1, 1_024) ?? options.Partitions),
            AttemptsMax = (int)(section.Whole("max_attempts", 1, 100) ?? options.AttemptsMax),
            LeaseFor = Seconds(section, "lease_seconds", 6, 600, options.LeaseFor),
            WaitMax = Seconds(section, "wait_max_seconds", 0, 30 * DaySeconds, options.WaitMax),
            ResultTtlMax = Seconds(section, "result_ttl_max_seconds", 1, 365 * DaySeconds, options.ResultTtlMax),
            IdempotencyFor = Seconds(section, "idempotency_seconds", 1, 30 * DaySeconds, options.IdempotencyFor),
            QueuedPerKeyMax = (int)(section.Whole("queued_per_key_max", 1, 100_000_000) ?? options.QueuedPerKeyMax),
            QueuedBytesPerKeyMax = section.Whole("queued_mb_per_key_max", 1, 1_048_576) is { } mb ? mb << 20 : options.QueuedBytesPerKeyMax,
            KeptBytesPerKeyMax = section.Whole("kept_mb_per_key_max", 1, 1_073_741_824) is { } kept ? kept << 20 : options.KeptBytesPerKeyMax,
            FreeDiskBytesMin = section.Whole("free_disk_mb_min", 0, 1_073_741_824) is { } free ? free << 20 : options.FreeDiskBytesMin,
            RunningPerKeyMax = (int)(section.Whole("running_per_key_max", 1, 100_000) ?? options.RunningPerKeyMax),
            RunningPerSiloMax = (int)(section.Whole("running_per_server_max", 0, 100_000) ?? options.RunningPerSiloMax),
            PollWaitMax = Seconds(section, "poll_wait_max_seconds", 0, 60, options.PollWaitMax),
            BacklogEvery = Seconds(section, "depth_every_seconds", 1, 3_600, options.BacklogEvery),
            DrainFor = Seconds(section, "drain_seconds", 0, 3_600, options.DrainFor),
        };
        if (client.AsyncJobResultTtlSeconds > options.ResultTtlMax.TotalSeconds && section.Has("result_ttl_max_seconds"))
        {
            section.Error("result_ttl_max_seconds", $"is {options.ResultTtlMax.TotalSeconds:0}, less than client.async_job_result_ttl "
                + $"({client.AsyncJobResultTtlSeconds}); nobody could be given the default");
        }

        section.End();
        return Fitting(options);
    }

    /// <summary>What hangs on other settings: several renewals fit in one lease, and the default's results last as long as it says.</summary>
    private static JobOptions Fitting(JobOptions options)
    {
        var standard = new JobOptions();
        return options with
        {
            RenewEvery = options.LeaseFor * (standard.RenewEvery / standard.LeaseFor),
            LeaseMargin = options.LeaseFor * (standard.LeaseMargin / standard.LeaseFor),
            ResultTtlMax = options.ResultTtlMax > options.ResultTtl ? options.ResultTtlMax : options.ResultTtl,
        };
    }

    private static TimeSpan Seconds(Section section, string name, int min, int max, TimeSpan standard) =>
        section.Whole(name, min, max) is { } seconds ? TimeSpan.FromSeconds(seconds) : standard;
}
