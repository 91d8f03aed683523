using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Requests;

/// <summary>Who speaks in a message.</summary>
internal enum MessageRole
{
    /// <summary>The operator: <c>system</c> or <c>developer</c>.</summary>
    Instruction,
    User,

    /// <summary>A tool that answers a call.</summary>
    Result,
    Assistant,
}

/// <summary>Where a message stands among the bytes of the messages.</summary>
internal readonly record struct MessagePlace(MessageRole Role, int Start, int Length)
{
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> messages) => messages.Slice(Start, Length);

    /// <summary>The places of all messages; a role that is not known is a finding.</summary>
    public static List<MessagePlace> Of(ReadOnlySpan<byte> messages, MapFindings findings)
    {
        var places = new List<MessagePlace>();
        var items = new JsonItems(messages);
        while (items.Next())
        {
            var role = JsonMembers.Find(items.Value, "role"u8);
            MessageRole? known = JsonText.Is(role, "user"u8) ? MessageRole.User
                : JsonText.Is(role, "assistant"u8) ? MessageRole.Assistant
                : JsonText.Is(role, "tool"u8) ? MessageRole.Result
                : JsonText.Is(role, "system"u8) || JsonText.Is(role, "developer"u8) ? MessageRole.Instruction
                : null;
            if (known is null) findings.Refuse($"messages[{items.Index}].role", "it knows the roles system, developer, user, assistant and tool");
            places.Add(new(known ?? MessageRole.User, items.Start, items.Value.Length));
        }

        return places;
    }
}
