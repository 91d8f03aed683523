using System.Net;
using Bifrost.Calls.Limits;
using Bifrost.Calls.Pipeline;
using Bifrost.Gateway.Jobs;
using Bifrost.Http.Addresses;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Gateway.Tests.Jobs;

/// <summary>Polls of one key, and questions for jobs that are not there, had no limit; each goes to the store.</summary>
public sealed class ReadLimits : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestMeters _meters = new();
    private readonly JobReads _reads;

    public ReadLimits() => _reads = new JobReads(new ClientAddresses([]), new LimitWatch(_meters, _time, NullLogger<LimitWatch>.Instance), _time);

    public void Dispose() => _meters.Dispose();

    [Fact]
    public void One_keys_polls_are_limited_and_no_other_keys()
    {
        for (var i = 0; i < 5_000; i++) Assert.Null(_reads.Refuse(From(1), Of("a")));
        Assert.Equal((429, "rate_limited"), Refused(From(1), "a"));
        Assert.Null(_reads.Refuse(From(1), Of("b")));
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 1_000; i++) Assert.Null(_reads.Refuse(From(1), Of("a")));
        Assert.Equal((429, "rate_limited"), Refused(From(1), "a"));
    }

    [Fact]
    public void Questions_for_unknown_jobs_bind_their_key_and_their_address()
    {
        for (var i = 0; i < 100; i++) _reads.Missed(From(1), Of("a"));
        Assert.Equal((429, "rate_limited"), Refused(From(2), "a"));
        Assert.Equal((429, "rate_limited"), Refused(From(1), "b"));
        Assert.Null(_reads.Refuse(From(2), Of("b")));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_reads.Refuse(From(1), Of("a")));
    }

    private (int Status, string Type) Refused(HttpContext context, string key) => _reads.Refuse(context, Of(key)) is { } error ? (error.Status, error.Type) : default;

    private static Caller Of(string key) => new() { VirtualKeyId = key };

    private static DefaultHttpContext From(byte last)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = new IPAddress([10, 0, 0, last]);
        return context;
    }
}
