using System.Text.Json;
using Bifrost.Calls.Pipeline;

namespace Bifrost.Testing;

/// <summary>Reads what the pipeline wrote.</summary>
internal static class Json
{
    public static JsonElement Of(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    public static JsonElement OfBody(ChatResult result)
    {
        using var body = Assert.IsType<ChatBody>(result);
        return Of(body.Json);
    }

    /// <summary>Reads every event to the end mark, and disposes.</summary>
    public static async Task<List<(ChatEventKind Kind, JsonElement Json)>> AllAsync(ChatResult result)
    {
        await using var events = Assert.IsAssignableFrom<ChatEvents>(result);
        List<(ChatEventKind, JsonElement)> all = [];
        while (true)
        {
            var next = await events.ReadAsync(CancellationToken.None);
            all.Add((next.Kind, next.Kind == ChatEventKind.Done ? default : Of(next.Json)));
            if (next.Kind == ChatEventKind.Done) return all;
        }
    }
}
