using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Jobs.Webhooks;
using Bifrost.Server.Configuration;

namespace Bifrost.Gateway.Tests.Jobs;

/// <summary>Endpoints that are told how jobs ended.</summary>
public sealed class Webhooks : IAsyncLifetime
{
    private static readonly byte[] s_key = Encoding.UTF8.GetBytes("0123456789abcdef0123456789abcdef");

    private readonly StoreSettings _store = JobServer.NewStore();
    private GatedUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await GatedUpstream.StartAsync();
        _upstream.Open();
    }

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Fact]
    public async Task The_end_of_a_job_is_told_after_a_restart_and_signed()
    {
        await using var receiver = await WebhookReceiver.StartAsync(503, 302);
        string id;
        await using (var server = await StartAsync(receiver.Address))
        {
            id = await server.SubmitAsync(headers: ("x-bf-async-webhook", "mine"));
            await receiver.ToldAsync(1);
        }

        await using var next = await StartAsync(receiver.Address);
        await receiver.ToldAsync(3);
        await DeliveredAsync(next, id, JobDeliveryState.Delivered, 3);

        // Every try is of one delivery; the redirect was not followed.
        Assert.Equal(3, receiver.Told.Count);
        Assert.All(receiver.Told, told => Assert.Equal("/hook", told.Path));
        Assert.Single(receiver.Told.Select(told => told.Headers["webhook-id"]).Distinct());
        foreach (var told in receiver.Told)
        {
            var signed = Encoding.UTF8.GetBytes($"{told.Headers["webhook-id"]}.{told.Headers["webhook-timestamp"]}.").Concat(told.Body).ToArray();
            Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(s_key, signed)), told.Headers["webhook-signature"]);
        }

        var body = JsonDocument.Parse(receiver.Told[^1].Body).RootElement;
        Assert.Equal("async_job.completed", body.GetProperty("event").GetString());
        var data = body.GetProperty("data");
        Assert.Equal((id, "completed", 200), (data.GetProperty("job_id").GetString(), data.GetProperty("status").GetString(), data.GetProperty("status_code").GetInt32()));
        Assert.Equal("Hello", data.GetProperty("response").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("[::ffff:127.0.0.1]")]
    public async Task A_private_address_is_refused_where_it_is_not_allowed(string host)
    {
        await using var receiver = await WebhookReceiver.StartAsync();

        // A name that leads to loopback, as a hostile DNS would have it; or loopback as IPv6 writes it.
        var named = new UriBuilder(receiver.Address) { Scheme = "https", Host = host }.Uri;
        await using var server = await StartAsync(named, allowPrivate: false);
        var id = await server.SubmitAsync(headers: ("x-bf-async-webhook", "mine"));

        var delivery = await DeliveredAsync(server, id, JobDeliveryState.Dead, 1);
        Assert.Contains("no public address", delivery.LastError, StringComparison.Ordinal);
        Assert.Empty(receiver.Told);
    }

    [Fact]
    public async Task An_endpoint_that_never_accepts_is_given_up_after_its_tries()
    {
        await using var receiver = await WebhookReceiver.StartAsync(500, 500, 500, 500, 500, 500);
        await using var server = await StartAsync(receiver.Address);
        var id = await server.SubmitAsync(JobServer.PoorKey, headers: ("x-bf-async-webhook", "mine"));
        var delivery = await DeliveredAsync(server, id, JobDeliveryState.Dead, 5);
        Assert.Equal((500, 5), (delivery.LastStatus, receiver.Told.Count));
        var body = JsonDocument.Parse(receiver.Told[0].Body).RootElement;
        Assert.Equal("async_job.failed", body.GetProperty("event").GetString());
        Answer.CheckError(body.GetProperty("data").GetProperty("error"), 402, "budget_exceeded");
    }

    [Fact]
    public async Task A_submission_may_name_only_an_endpoint_that_is_configured()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver.Address);
        var answer = await server.TrySubmitAsync(("x-bf-async-webhook", "theirs"));
        Assert.Equal((400, "x-bf-async-webhook"), (answer.Status, answer.Json.GetProperty("error").GetProperty("param").GetString()));
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("8.8.8.8", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("2606:4700:4700::1111", true)]
    public void Only_addresses_of_the_open_internet_are_public(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicAddress.Is(IPAddress.Parse(address)));

    /// <summary>What IPv6 carries of IPv4 leads to the very same host: it is judged as that one, private or public.</summary>
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.31.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    public void An_IPv4_address_within_IPv6_is_judged_as_itself(string address)
    {
        var plain = IPAddress.Parse(address);
        Assert.Equal(PublicAddress.Is(plain), PublicAddress.Is(plain.MapToIPv6()));
        Assert.Equal(PublicAddress.Is(plain), PublicAddress.Is(IPAddress.Parse($"::ffff:{address}")));
    }

    /// <summary>The example of the Standard Webhooks specification's own libraries.</summary>
    [Fact]
    public void Signatures_are_those_of_Standard_Webhooks() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Of(
            WebhookSignature.KeyOf("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            Encoding.UTF8.GetBytes("""{"test": 2432232314}""")));

    [Theory]
    [InlineData("""{ "name": "a", "url": "http://example.com/", "secret": "0123456789abcdef" }""", "webhooks[0].url")]
    [InlineData("""{ "name": "a", "url": "ftp://example.com/", "secret": "0123456789abcdef" }""", "webhooks[0].url")]
    [InlineData("""{ "name": "a", "url": "https://me:you@example.com/", "secret": "0123456789abcdef" }""", "webhooks[0].url")]
    [InlineData("""{ "name": "a", "url": "https://example.com/" }""", "webhooks[0].secret")]
    [InlineData("""{ "name": "a", "url": "https://example.com/", "secret": "short" }""", "webhooks[0].secret")]
    [InlineData("""{ "name": "a", "url": "https://example.com/", "secret": "whsec_???" }""", "webhooks[0].secret")]
    [InlineData("""{ "url": "https://example.com/", "secret": "0123456789abcdef" }""", "webhooks[0].name")]
    public void Wrong_endpoints_stop_the_start(string endpoint, string where)
    {
        var json = JobServer.Configuration(new Uri("http://localhost/"), $",\"webhooks\":[{endpoint}]");
        var (_, errors) = ConfigurationReader.Read(Encoding.UTF8.GetBytes(json), _ => null);
        Assert.Contains(errors, error => error.Contains(where, StringComparison.Ordinal));
    }

    private static async Task<JobDelivery> DeliveredAsync(JobServer server, string id, JobDeliveryState state, int attempts)
    {
        var store = server.Get<IJobDeliveryStore>();
        ImmutableArray<JobDelivery> found = [];
        await Eventually.UntilAsync(
            async () => (found = await store.ListAsync(null, Guid.Parse(id), null, 10, default)) is [{ EndedAt: not null }],
            "The delivery did not end.");
        Assert.Equal((state, attempts), (found[0].State, found[0].Attempts));
        return found[0];
    }

    private Task<JobServer> StartAsync(Uri receiver, bool allowPrivate = true) => JobServer.StartAsync(
        JobServer.Configuration(_upstream.Address, $$"""
            ,"webhooks": [{ "name": "mine", "url": "{{new Uri(receiver, "/hook")}}", "allow_private_network": {{(allowPrivate ? "true" : "false")}},
              "secret": "whsec_{{Convert.ToBase64String(s_key)}}" }]
            """),
        _store,
        options => options with { DeliveryDelay = TimeSpan.FromMilliseconds(50), PumpEvery = TimeSpan.FromMilliseconds(100) });
}
