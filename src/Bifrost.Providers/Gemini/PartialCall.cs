using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>
/// A call whose arguments come value by value, each with its path, as Google's cloud can stream them. Nothing here asks for that, hence a JSON tree: the
/// call is told whole once it has ended.
/// </summary>
/// <param name="bytesMax">Bytes of arguments that are put together.</param>
internal sealed class PartialCall(int bytesMax)
{
    private const int DepthMax = 64;

    private readonly JsonObject _arguments = [];
    private int _bytes;

    /// <summary>JSON strings each; empty: it has none.</summary>
    public byte[] Name { get; private set; } = [];

    public byte[] Id { get; private set; } = [];
    public byte[] Signature { get; private set; } = [];

    /// <summary>Whether a call is, or goes on with, one of these.</summary>
    public static bool IsPiece(ReadOnlySpan<byte> call) =>
        JsonMembers.Find(call, "willContinue"u8).SequenceEqual("true"u8) || !JsonMembers.Find(call, "partialArgs"u8).IsEmpty;

    /// <summary>Takes a piece. Answers whether the call has ended with it.</summary>
    public bool Add(scoped in Part part)
    {
        var name = JsonMembers.Find(part.Call, "name"u8);
        var id = JsonMembers.Find(part.Call, "id"u8);
        if (JsonText.IsText(name)) Name = name.ToArray();
        if (JsonText.IsText(id)) Id = id.ToArray();
        if (!part.Signature.IsEmpty) Signature = part.Signature.ToArray();
        var pieces = new JsonItems(JsonMembers.Find(part.Call, "partialArgs"u8));
        while (pieces.Next()) Put(pieces.Value);
        return !JsonMembers.Find(part.Call, "willContinue"u8).SequenceEqual("true"u8);
    }

    public byte[] Arguments()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = 2 * DepthMax });
        _arguments.WriteTo(json);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private void Put(ReadOnlySpan<byte> piece)
    {
        _bytes += piece.Length;
        if (_bytes > bytesMax || JsonText.Read(JsonMembers.Find(piece, "jsonPath"u8)) is not { } path) return;
        var steps = Steps(path);
        if (steps.Count is 0 or > DepthMax) return;
        JsonNode at = _arguments;
        for (var i = 0; i < steps.Count - 1; i++)
        {
            if (Child(at, steps[i]) is not { } child)
            {
                child = char.IsAsciiDigit(steps[i + 1][0]) ? new JsonArray() : new JsonObject();
                if (!Set(at, steps[i], child)) return;
            }

            at = child;
        }

        var text = JsonText.Read(JsonMembers.Find(piece, "stringValue"u8));
        var before = text is not null && Child(at, steps[^1]) is JsonValue known && known.TryGetValue(out string? said) ? said : "";
        var number = JsonMembers.Find(piece, "numberValue"u8);
        var flag = JsonMembers.Find(piece, "boolValue"u8);
        Set(at, steps[^1], text is not null ? JsonValue.Create(before + text)
            : !number.IsEmpty ? JsonNode.Parse(number)
            : !flag.IsEmpty ? JsonNode.Parse(flag)
            : null);
    }

    private static JsonNode? Child(JsonNode holder, string step) => holder switch
    {
        JsonObject named => named[step],
        JsonArray list when int.TryParse(step, out var index) && index < list.Count => list[index],
        _ => null,
    };

    /// <summary>A list grows by one at a time.</summary>
    private static bool Set(JsonNode holder, string step, JsonNode? value)
    {
        if (holder is JsonObject named) named[step] = value;
        else if (holder is not JsonArray list || !int.TryParse(step, out var index) || index > list.Count) return false;
        else if (index == list.Count) list.Add(value);
        else list[index] = value;
        return true;
    }

    /// <summary>The steps of a path such as <c>$.a[0].b</c>.</summary>
    private static List<string> Steps(string path)
    {
        var steps = new List<string>();
        foreach (var step in path.Split(['.', '[', ']', '\'', '"', '$'], StringSplitOptions.RemoveEmptyEntries)) steps.Add(step);
        return steps;
    }
}
