using System.Text;

namespace Bifrost.Chat.Envelope;

/// <summary>What a field may hold.</summary>
internal enum FieldKind
{
    Text,
    Flag,
    Integer,
    Number,
    Object,
    Schema,
    Tools,
    Model,
    Messages,
    Stop,
    ToolChoice,
    Effort,
    StreamOptions,
    Fallbacks,
}

/// <summary>One row of the request table.</summary>
/// <param name="Right">What is right, as the end of the sentence "must be …".</param>
internal sealed record FieldRule(string Name, FieldKind Kind, string Right, long Min = long.MinValue, long Max = long.MaxValue)
{
    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);
}
