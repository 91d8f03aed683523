using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Gemini;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Tests.Shared;

/// <summary>Makes single tries in Gemini's dialect.</summary>
internal static class Gem
{
    public static readonly GeminiDialect Dialect = new(TimeProvider.System, new ProviderLimits());

    /// <summary>A call with these members beside model and stream; without messages among them it says hello.</summary>
    public static ProviderCall Call(string model, string members = "", bool stream = false)
    {
        var messages = members.Contains("\"messages\"", StringComparison.Ordinal) ? "" : ""","messages":[{"role":"user","content":"Hello"}]""";
        var more = members.Length == 0 ? "" : "," + members;
        return Tries.Call(model, stream) with
        {
            Body = Encoding.UTF8.GetBytes($$"""{"model":"gemini/{{model}}","stream":{{(stream ? "true" : "false")}}{{messages}}{{more}}}"""),
        };
    }

    public static Task<ProviderReply> SendAsync(Uri address, ProviderCall call, bool drops = false) =>
        Dialect.SendAsync(Tries.Target(Tries.ProviderAt(address) with { DropsUnsupported = drops }), call).InTimeAsync();

    /// <summary>What the scripted upstream received; it has checked every byte by the schema.</summary>
    public static async Task<JsonObject> SentAsync(SimulatorFixture simulator, ProviderCall call, bool drops = false)
    {
        var reply = await SendAsync(simulator.Address, call, drops);
        Assert.True(reply.Failure is null, reply.Failure?.Message);
        await reply.Body!.DisposeAsync();
        return JsonNode.Parse((await simulator.ReceivedAsync(call.AttemptId)).Body)!.AsObject();
    }

    public static async Task<ProviderFailure> FailAsync(Uri address, ProviderCall call)
    {
        var reply = await SendAsync(address, call);
        Assert.Null(reply.Body);
        return Assert.IsType<ProviderFailure>(reply.Failure);
    }

    /// <summary>The whole answer that comes of an upstream's body.</summary>
    public static async Task<JsonObject> AnswerAsync(string body, string model = "gemini-2.5-flash")
    {
        await using var upstream = RawUpstream.Saying(RawUpstream.Answer("application/json", body));
        var reply = await SendAsync(upstream.Address, Call(model));
        Assert.True(reply.Failure is null, reply.Failure?.Message);
        await using var plain = Assert.IsAssignableFrom<PlainBody>(reply.Body);
        var json = JsonNode.Parse(plain.Json.Span)!.AsObject();
        json.Remove("created");
        return json;
    }

    /// <summary>Reads a stream of these bytes to its end: the chunks and the last event, or the failure before the first chunk.</summary>
    public static async Task<(List<string> Chunks, StreamEvent Last)> ReadAsync(byte[] body, int tearAt, string model = "gemini-2.5-flash")
    {
        var timer = PhaseTimer.Rent(TimeProvider.System, 60_000, 0, CancellationToken.None);
        var target = Tries.TargetAt(new Uri("http://127.0.0.1:1"));
        var about = new RequestAbout(GeminiModels.Find(model), new ToolNames(), new MapFindings(target.Provider));
        var answer = new AnswerState(about, Guid.Empty, created: 1, detailBytesMax: 1_000_000);
        var stream = new GeminiStream(target, new HttpResponseMessage(), TornStream.At(body, tearAt), timer, new ProviderLimits(), answer);
        if (await stream.OpenAsync(TimeProvider.System) is { } failure)
        {
            timer.Dispose();
            return ([], new StreamEvent(StreamEventKind.Failed, default, failure));
        }

        await using (stream) return await Tries.ReadAllAsync(stream);
    }

    /// <summary>The events as they come.</summary>
    public static byte[] Framed(IEnumerable<string> events, string lineEnd = "\r\n", string comment = "") =>
        Encoding.UTF8.GetBytes(string.Concat(events.Select(json => $"{comment}data: {json}{lineEnd}{lineEnd}")));

    public static Task<(List<string> Chunks, StreamEvent Last)> ReadAsync(params string[] events) => ReadAsync(Framed(events), 0);
}
