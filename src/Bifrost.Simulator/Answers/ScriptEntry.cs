using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Answers;

/// <summary>A script with what can be made of it before a request comes.</summary>
internal sealed class ScriptEntry(Script script)
{
    public Script Script { get; } = script;

    /// <summary>The script for calls that its gate lets pass.</summary>
    public Script Faultless { get; } = script with { Fault = null };

    /// <summary>The answer's text, or null where it depends on the request.</summary>
    public Text? Text { get; } = script.Content == ContentKind.Echo ? null : Text.Of(script, []);

    /// <summary>Prebuilt bytes of the plain answer, or null.</summary>
    public PlainTemplate? Template { get; } = PlainTemplate.Of(script);
}
