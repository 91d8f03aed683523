using System.Text;
using System.Text.Json;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Tokens;
using Bifrost.Ledger.Money;

namespace Bifrost.Simulation.Attackers;

/// <summary>A request as it arrived at the upstream, read without the product's own scanner.</summary>
internal sealed class SentRequest
{
    private static readonly string[] s_control =
    [
        "model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "service_tier", "n", "best_of", "temperature",
    ];

    private static readonly string[] s_apart = ["web_search_options", "models", "plugins", "max_output_tokens"];

    // Of fields that say how to answer, which no model reads.
    private long _controlBytes;
    private long _textBytes;
    private long _schemaBytes;
    private int _messages;
    private int _tools;
    private int _images;
    private int _unsized;
    private int _depth;

    /// <param name="body">The bytes that arrived.</param>
    /// <param name="provider">Which names of the output limit it knows.</param>
    public SentRequest(ReadOnlyMemory<byte> body, Provider provider)
    {
        Body = body;
        using var json = JsonDocument.Parse(body);
        var root = json.RootElement;
        _textBytes = body.Length;
        foreach (var field in root.EnumerateObject()) Read(field);
        _textBytes -= _controlBytes;
        var old = Whole(root, "max_tokens");
        var newer = provider.Billing.LimitIsMaxTokens ? 0 : Whole(root, "max_completion_tokens");
        Limit = Math.Max(old, newer) is > 0 and var limit ? limit : null;
        Shown = Math.Max(1, (int)Whole(root, "n"));
        Choices = Math.Max(Shown, (int)Whole(root, "best_of"));
        Tier = root.TryGetProperty("service_tier", out var tier) ? tier.GetString() : null;
    }

    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The output limit of one choice; null: none.</summary>
    public long? Limit { get; }

    /// <summary>Choices that are written.</summary>
    public int Choices { get; }

    /// <summary>Choices that are answered with.</summary>
    public int Shown { get; }

    public string? Tier { get; }
    public int PredictionBytes { get; private set; }

    /// <summary>True when a field stands in it that bills apart.</summary>
    public bool BillsApart { get; private set; }

    /// <summary>The most prompt tokens that a model makes of it, by the model's row.</summary>
    public long PromptTokensMost(ModelPrice price)
    {
        if (_unsized > 0) return price.PromptTokensMax ?? 2_000_000;
        var perByte = price.TokensPerByteMax ?? BoundCalculator.TokensPerByteUnknown;
        var factor = (price.SchemaFactorMax ?? BoundCalculator.SchemaFactorUnknown) * (_depth > BoundCalculator.SchemaDepthMax ? 10 : 1);
        var (text, schema) = (_textBytes * perByte, _schemaBytes * perByte * factor);
        if (price.Tokenizer is { } tokenizer && _images == 0 && RequestTokens.Count(Body.Span, tokenizer) is { } counted)
            (text, schema) = (Math.Min(text, counted.Text - _controlBytes), Math.Min(schema, counted.Schema));
        var most = 64 + text + schema + (_messages * 16) + (_tools * 32) + (_tools > 0 ? 1_024 : 0) + (_images * (price.ImageTokensMax ?? 100_000))
            + (price.TokensPerByteMax is null ? 2_048 : 0);
        return Math.Min(most, price.PromptTokensMax ?? long.MaxValue);
    }

    /// <summary>The most output tokens of one choice.</summary>
    public long OutputTokensMost(AttackModel model)
    {
        var physical = Math.Min(model.Price.OutputTokensMax ?? 200_000, model.Price.PromptTokensMax ?? 200_000);
        var isBound = model.Price.OutputLimit == OutputLimitRule.Binds && !model.IgnoresLimit;
        return isBound ? Math.Min(physical, Limit ?? long.MaxValue) : physical;
    }

    private static long Whole(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;

    private static int BytesOf(JsonElement value) => Encoding.UTF8.GetByteCount(value.GetRawText());

    private static int DepthOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => 1 + value.EnumerateObject().Select(member => DepthOf(member.Value)).DefaultIfEmpty().Max(),
        JsonValueKind.Array => 1 + value.EnumerateArray().Select(DepthOf).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private void Read(JsonProperty field)
    {
        var bytes = BytesOf(field.Value);
        if (s_control.Contains(field.Name)) _controlBytes += bytes + field.Name.Length + 3;
        else if (field.Name is "tools" or "functions" or "response_format") Schema(field.Value, isTools: field.Name != "response_format");
        else if (field.Name == "messages") Messages(field.Value);
        else if (field.Name == "prediction") PredictionBytes = bytes;
        BillsApart |= s_apart.Contains(field.Name);
    }

    private void Schema(JsonElement value, bool isTools)
    {
        var bytes = BytesOf(value);
        _textBytes -= bytes;
        _schemaBytes += bytes;
        _depth = Math.Max(_depth, DepthOf(value));
        if (isTools) _tools += value.GetArrayLength();
    }

    private void Messages(JsonElement messages)
    {
        foreach (var message in messages.EnumerateArray())
        {
            _messages++;
            foreach (var member in message.EnumerateObject())
            {
                if (member.Name == "tool_calls") Schema(member.Value, isTools: false);
                else if (member is { Name: "content", Value.ValueKind: JsonValueKind.Array })
                    foreach (var part in member.Value.EnumerateArray()) Part(part);
            }
        }
    }

    private void Part(JsonElement part)
    {
        switch (part.GetProperty("type").GetString())
        {
            case "text":
                break;
            case "image_url":
                _images++;
                var url = part.GetProperty("image_url").GetProperty("url").GetString()!;
                if (url.StartsWith("data:image/", StringComparison.Ordinal)) _textBytes -= url.Length;
                break;
            default:
                _unsized++;
                break;
        }
    }
}
