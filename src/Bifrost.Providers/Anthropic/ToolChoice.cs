using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>Which tools may be called, and whether one must be.</summary>
internal readonly ref struct ToolChoice
{
    private readonly ReadOnlySpan<byte> _type;
    private readonly ReadOnlySpan<byte> _name;
    private readonly ReadOnlySpan<byte> _allowed;
    private readonly bool _oneAtATime;

    private ToolChoice(bool hasTools, ReadOnlySpan<byte> type, ReadOnlySpan<byte> name, ReadOnlySpan<byte> allowed, bool oneAtATime)
    {
        HasTools = hasTools;
        _type = type;
        _name = name;
        _allowed = allowed;
        _oneAtATime = oneAtATime;
    }

    /// <summary>Whether the request offers tools; a choice without them is refused upstream and means nothing.</summary>
    public bool HasTools { get; }

    public static ToolChoice Read(scoped in RequestFields fields, ClaudeModel model, scoped in ThinkingPlan plan, MapFindings findings)
    {
        var hasTools = JsonItems.Count(fields.Tools) > 0;
        var oneAtATime = fields.ParallelToolCalls.SequenceEqual("false"u8);
        if (!hasTools) return default;
        var choice = fields.ToolChoice;
        ReadOnlySpan<byte> type = default, name = default, allowed = default;
        if (JsonText.Is(choice, "auto"u8)) type = "auto"u8;
        else if (JsonText.Is(choice, "none"u8)) type = "none"u8;
        else if (JsonText.Is(choice, "required"u8)) type = "any"u8;
        else if (JsonText.IsObject(choice))
        {
            var kind = JsonMembers.Find(choice, "type"u8);
            if (JsonText.Is(kind, "allowed_tools"u8))
            {
                var list = JsonMembers.Find(choice, "allowed_tools"u8);
                allowed = JsonMembers.Find(list, "tools"u8);
                type = JsonText.Is(JsonMembers.Find(list, "mode"u8), "required"u8) ? "any"u8 : "auto"u8;
            }
            else
            {
                name = JsonMembers.Find(JsonMembers.Find(choice, "function"u8), "name"u8);
                if (name.IsEmpty) name = JsonMembers.Find(choice, "name"u8);
                type = "tool"u8;
                if (!JsonText.IsText(name)) findings.Drop("tool_choice", "it forces a tool by its name alone");
            }
        }

        var isForced = type.SequenceEqual("any"u8) || type.SequenceEqual("tool"u8);
        if (isForced && (model.Forced == ForcedTools.Never || (model.Forced == ForcedTools.WithoutThinking && plan.IsOn)))
        {
            var who = model.Forced == ForcedTools.Never ? "this model" : "a model that thinks";
            findings.Drop("tool_choice", $"{who} lets no tool be forced");
            type = "auto"u8;
            name = default;
        }

        return new ToolChoice(hasTools, type, name, allowed, oneAtATime);
    }

    /// <summary>Whether a function is among those that the choice allows.</summary>
    public bool Allows(ReadOnlySpan<byte> name)
    {
        if (_allowed.IsEmpty) return true;
        var items = new JsonItems(_allowed);
        while (items.Next())
            if (JsonMembers.Find(JsonMembers.Find(items.Value, "function"u8), "name"u8).SequenceEqual(name)) return true;
        return false;
    }

    public void Write(ref BodyWriter to)
    {
        if (_type.IsEmpty && !_oneAtATime) return;
        to.Json.Raw(",\"tool_choice\":{\"type\":\""u8);
        to.Json.Raw(_type.IsEmpty ? "auto"u8 : _type);
        to.Json.Byte((byte)'"');
        if (!_name.IsEmpty)
        {
            to.Json.Raw(",\"name\":"u8);
            to.Json.Raw(_name);
        }

        if (_oneAtATime && !_type.SequenceEqual("none"u8)) to.Json.Raw(",\"disable_parallel_tool_use\":true"u8);
        to.Json.Byte((byte)'}');
    }
}
