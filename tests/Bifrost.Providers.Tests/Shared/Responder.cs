using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Http;
using Bifrost.Providers.Responses;

namespace Bifrost.Providers.Tests.Shared;

/// <summary>Makes single tries in the dialect of OpenAI's responses.</summary>
internal static class Responder
{
    public static readonly ResponsesDialect Dialect = new(TimeProvider.System, new ProviderLimits());

    /// <summary>A call with these members beside model and stream; without messages among them it says hello.</summary>
    public static ProviderCall Call(string model, string members = "", bool stream = false)
    {
        var messages = members.Contains("\"messages\"", StringComparison.Ordinal) ? "" : ""","messages":[{"role":"user","content":"Hello"}]""";
        var more = members.Length == 0 ? "" : "," + members;
        return Tries.Call(model, stream) with
        {
            Body = Encoding.UTF8.GetBytes($$"""{"model":"openai/{{model}}","stream":{{(stream ? "true" : "false")}}{{messages}}{{more}}}"""),
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

    /// <summary>Reads a stream of these bytes to its end: the chunks and the last event, or the failure before the first chunk.</summary>
    public static async Task<(List<string> Chunks, StreamEvent Last)> ReadAsync(byte[] body, int tearAt)
    {
        var timer = PhaseTimer.Rent(TimeProvider.System, 60_000, 0, CancellationToken.None);
        var target = Tries.TargetAt(new Uri("http://127.0.0.1:1"));
        var stream = new ResponsesStream(target, new HttpResponseMessage(), TornStream.At(body, tearAt), timer, new ProviderLimits());
        if (await stream.OpenAsync(TimeProvider.System) is { } failure)
        {
            timer.Dispose();
            return ([], new StreamEvent(StreamEventKind.Failed, default, failure));
        }

        await using (stream) return await Tries.ReadAllAsync(stream);
    }
}
