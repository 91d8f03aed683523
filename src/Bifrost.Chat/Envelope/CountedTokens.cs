namespace Bifrost.Chat.Envelope;

/// <summary>What a tokenizer counted of a request, the factors of its assumptions included.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.CountedTokens")]
public sealed record CountedTokens
{
    /// <summary>Tokens of everything but tools and schemas.</summary>
    [Id(0)] public required int Text { get; init; }

    /// <summary>Tokens of tools, schemas and tool calls.</summary>
    [Id(1)] public required int Schema { get; init; }
}
