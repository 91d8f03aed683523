using Bifrost.Chat.Errors;
using Bifrost.Chat.Json;

namespace Bifrost.Catalog.Json;

/// <summary>One mistake.</summary>
/// <param name="Path">JSON path of the field.</param>
/// <param name="Message">What it is and what would be right.</param>
public readonly record struct Finding(string Path, string Message)
{
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>
/// What readers found wrong or useless, each mistake once. A configuration file tells all of them, so that one start shows every mistake;
/// the answer to a call tells the first one.
/// </summary>
/// <param name="countMax">How many mistakes are kept.</param>
public sealed class Findings(int countMax = int.MaxValue)
{
    private readonly List<Finding> _errors = [];
    private readonly List<string> _warnings = [];

    public IReadOnlyList<Finding> Errors => _errors;

    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Whether further mistakes are dropped.</summary>
    public bool IsFull => _errors.Count >= countMax;

    /// <summary>The first mistake as the answer to a call (contract section 6); null when there is none.</summary>
    public GatewayError? Error => _errors.Count == 0 ? null : GatewayErrors.BadField(_errors[0].Path, Sentence(_errors[0]));

    public void Add(string path, string message)
    {
        var finding = new Finding(Shown.Message(path), Shown.Message(message));
        if (!IsFull && !_errors.Contains(finding)) _errors.Add(finding);
    }

    /// <summary>Something that is accepted and has no effect.</summary>
    public void Warn(string path, string message) => _warnings.Add(Shown.Message($"{path}: {message}"));

    private static string Sentence(Finding finding) => $"{finding.Path} {finding.Message}{(finding.Message.EndsWith('?') ? "" : ".")}";
}
