using Bifrost.Jobs.Rules;

namespace Bifrost.Gateway.Tests.Jobs;

/// <summary>What of the configuration file is about jobs.</summary>
public class JobSettings
{
    private const string Providers = "\"providers\":{\"sim\":{}}";

    [Fact]
    public void Without_any_the_defaults_hold_and_several_renewals_fit_in_a_lease()
    {
        Assert.Equal(new JobOptions(), Options("{" + Providers + "}"));
        var options = Options("{" + Providers + ",\"jobs\":{\"lease_seconds\":60}}");
        Assert.Equal((60, 16, 10), (options.LeaseFor.TotalSeconds, options.RenewEvery.TotalSeconds, options.LeaseMargin.TotalSeconds));
    }

    [Fact]
    public void Each_setting_goes_where_it_belongs()
    {
        var options = Options("{" + Providers + """
            ,"client":{"async_job_result_ttl":600},
            "jobs":{"partitions":8,"max_attempts":5,"wait_max_seconds":60,"result_ttl_max_seconds":900,"idempotency_seconds":120,"queued_per_key_max":10,
            "queued_mb_per_key_max":2,"kept_mb_per_key_max":5,"running_per_key_max":3,"running_per_server_max":4,"poll_wait_max_seconds":20,"drain_seconds":7}}
            """);
        Assert.Equal((8, 5, 10, 3, 4), (options.Partitions, options.AttemptsMax, options.QueuedPerKeyMax, options.RunningPerKeyMax, options.RunningPerSiloMax));
        Assert.Equal((2 << 20, 5 << 20), (options.QueuedBytesPerKeyMax, options.KeptBytesPerKeyMax));
        Assert.Equal((600, 900, 120), (options.ResultTtl.TotalSeconds, options.ResultTtlMax.TotalSeconds, options.IdempotencyFor.TotalSeconds));
        Assert.Equal((60, 20, 7), (options.WaitMax.TotalSeconds, options.PollWaitMax.TotalSeconds, options.DrainFor.TotalSeconds));
    }

    [Fact]
    public void A_default_longer_than_the_usual_cap_raises_it() =>
        Assert.Equal(31_536_000, Options("{" + Providers + ",\"client\":{\"async_job_result_ttl\":31536000}}").ResultTtlMax.TotalSeconds);

    [Theory]
    [InlineData("\"jobs\":{\"partitions\":0}", "jobs.partitions")]
    [InlineData("\"jobs\":{\"lease_second\":30}", "did you mean lease_seconds")]
    [InlineData("\"client\":{\"async_job_result_ttl\":600},\"jobs\":{\"result_ttl_max_seconds\":60}", "jobs.result_ttl_max_seconds")]
    public void A_mistake_is_named(string json, string message) =>
        Assert.Contains(Read.Errors("{" + Providers + "," + json + "}"), error => error.Contains(message, StringComparison.Ordinal));

    private static JobOptions Options(string json) => Read.Good(json).Jobs;
}
