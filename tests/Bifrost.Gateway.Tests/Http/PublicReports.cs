using System.Text.Json;

namespace Bifrost.Gateway.Tests.Http;

/// <summary>What was reported of other gateways and clients, as it was reported: the upstream's bytes through the whole server (docs/compatibility.md).</summary>
[Collection<SharedGateway>]
public sealed class PublicReports(PublicReports.AtBytes at) : IClassFixture<PublicReports.AtBytes>
{
    public static TheoryData<string> Reports => [.. Reported.All.Select(reported => reported.Report)];

    [Theory]
    [MemberData(nameof(Reports))]
    public async Task Are_answered_as_the_contract_says(string report)
    {
        var reported = Reported.All.Single(one => one.Report == report);
        at.Bytes = reported.Bytes;
        await CheckAsync(at.Gateway, reported);
    }

    /// <summary>Asks once; where that fails, once more with a fallback; and a plain call as a job too.</summary>
    internal static async Task CheckAsync(RawGateway gateway, Reported reported)
    {
        var answer = await gateway.ChatAsync(reported.IsStream);
        if (reported.Text is null) CheckFailed(reported, answer);
        else if (reported.IsStream) CheckStreamed(reported, answer);
        else Assert.Equal(reported.Text, TextOf(answer.Json));
        if (reported.Shown is { } shown) Assert.Contains(shown, answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("raw-secret", answer.Body, StringComparison.Ordinal);

        if (reported.Text is null) Assert.Equal(reported.Falls ? "good" : "raw", (await gateway.ChatAsync(reported.IsStream, RawGateway.Fallback)).Header("x-bifrost-provider") ?? "raw");
        if (reported.IsStream) return;

        var job = await gateway.JobAsync();
        if (reported.Text is { } text) Assert.Equal(text, TextOf(job.GetProperty("result")));
        else Assert.Contains(reported.Words!, job.GetProperty("error").GetRawText(), StringComparison.Ordinal);
    }

    private static void CheckFailed(Reported reported, Answer answer)
    {
        Assert.True(answer.Status == reported.Status, $"{answer.Status}: {answer.Body}");
        Answer.CheckError(answer.Json, reported.Status, null);
        Assert.Contains(reported.Words!, answer.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static void CheckStreamed(Reported reported, Answer answer)
    {
        Assert.True(answer.Status == 200, $"{answer.Status}: {answer.Body}");
        Assert.Equal("[DONE]", answer.Events[^1]);
        var events = answer.Events.SkipLast(1).Select(one => JsonDocument.Parse(one).RootElement).ToList();
        var isCut = events[^1].TryGetProperty("error", out var error);
        Assert.True(isCut == reported.Words is not null, answer.Body);
        if (isCut)
        {
            Answer.CheckError(events[^1], null, null);
            Assert.Contains(reported.Words!, error.GetProperty("message").GetString(), StringComparison.Ordinal);
            events.RemoveAt(events.Count - 1);
        }

        var parts = events.SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray())
            .Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : "");
        Assert.Equal(reported.Text, string.Concat(parts));
    }

    private static string? TextOf(JsonElement completion) => completion.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();

    /// <summary>One gateway for all reports.</summary>
    public sealed class AtBytes(RunningGateway gateway) : IAsyncLifetime
    {
        /// <summary>What the upstream answers with.</summary>
        internal byte[] Bytes { get; set; } = [];

        internal RawGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Gateway = await RawGateway.StartAsync(gateway, RawUpstream.Saying(() => Bytes));

        public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();
    }
}
