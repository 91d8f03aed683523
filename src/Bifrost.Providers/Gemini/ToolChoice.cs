using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>Which functions may be called, and whether one must be.</summary>
internal readonly ref struct ToolChoice
{
    private readonly ReadOnlySpan<byte> _mode;
    private readonly ReadOnlySpan<byte> _name;
    private readonly ReadOnlySpan<byte> _allowed;

    private ToolChoice(ReadOnlySpan<byte> mode, ReadOnlySpan<byte> name, ReadOnlySpan<byte> allowed)
    {
        _mode = mode;
        _name = name;
        _allowed = allowed;
    }

    public static ToolChoice Read(ReadOnlySpan<byte> choice, MapFindings findings)
    {
        if (JsonText.Is(choice, "none"u8)) return new("NONE"u8, default, default);
        if (JsonText.Is(choice, "required"u8)) return new("ANY"u8, default, default);
        if (!JsonText.IsObject(choice)) return default;
        if (JsonText.Is(JsonMembers.Find(choice, "type"u8), "allowed_tools"u8))
        {
            var list = JsonMembers.Find(choice, "allowed_tools"u8);
            var isForced = JsonText.Is(JsonMembers.Find(list, "mode"u8), "required"u8);
            return new(isForced ? "ANY"u8 : "VALIDATED"u8, default, JsonMembers.Find(list, "tools"u8));
        }

        var name = JsonMembers.Find(JsonMembers.Find(choice, "function"u8), "name"u8);
        if (name.IsEmpty) name = JsonMembers.Find(choice, "name"u8);
        if (JsonText.IsText(name)) return new("ANY"u8, name, default);
        findings.Drop("tool_choice", "it forces a function by its name alone");
        return default;
    }

    /// <param name="to">Where to.</param>
    /// <param name="names">The functions' names.</param>
    /// <param name="isStrict">Whether calls are to be bound to the functions' schemas.</param>
    /// <param name="besideOwn">Whether tools of the provider's own stand beside the functions.</param>
    public void Write(ref BodyWriter to, ToolNames names, bool isStrict, bool besideOwn)
    {
        var mode = _mode.IsEmpty && (isStrict || besideOwn) ? "VALIDATED"u8 : _mode;
        if (mode.IsEmpty) return;
        to.Json.Raw(",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\""u8);
        to.Json.Raw(mode);
        to.Json.Byte((byte)'"');
        if (!_name.IsEmpty)
        {
            to.Json.Raw(",\"allowedFunctionNames\":["u8);
            names.Write(ref to.Json, _name);
            to.Json.Byte((byte)']');
        }

        var any = false;
        var items = new JsonItems(_allowed);
        while (items.Next())
        {
            var name = JsonMembers.Find(JsonMembers.Find(items.Value, "function"u8), "name"u8);
            if (!JsonText.IsText(name)) continue;
            to.Json.Raw(any ? ","u8 : ",\"allowedFunctionNames\":["u8);
            any = true;
            names.Write(ref to.Json, name);
        }

        if (any) to.Json.Byte((byte)']');
        to.Json.Raw(besideOwn ? "},\"includeServerSideToolInvocations\":true}"u8 : "}}"u8);
    }
}
