namespace Bifrost.Chat.Envelope;

/// <summary>Named limits of one chat completion request (contract section 3). The size of the body is limited where it is read.</summary>
public sealed record ChatLimits
{
    public static ChatLimits Default { get; } = new();

    /// <summary>Nested objects and arrays, the body itself included.</summary>
    public int DepthMax { get; init; } = 64;

    /// <summary>Choices asked for in one call (<c>n</c>).</summary>
    public int ChoicesMax { get; init; } = 128;

    /// <summary>The largest output limit in tokens that a request may name.</summary>
    public int OutputTokensMax { get; init; } = 10_000_000;

    public int FallbacksMax { get; init; } = 16;

    /// <summary>True: an effort of reasoning that is not known is a fault; false: the provider may know it.</summary>
    public bool StrictEnums { get; init; }

    /// <summary>Length of a model name, the provider's prefix included.</summary>
    public int ModelCharsMax { get; init; } = 256;
}
