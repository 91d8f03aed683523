namespace Bifrost.Server.Configuration.Reading;

/// <summary>What the reader found wrong or useless. All of it is told at once, so that one start shows every mistake.</summary>
internal sealed class Findings
{
    private readonly List<string> _errors = [];
    private readonly List<string> _warnings = [];

    public IReadOnlyList<string> Errors => _errors;
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>A mistake that stops the start: the setting, its value and what would be right.</summary>
    public void Error(string path, string message) => _errors.Add($"{path}: {message}");

    /// <summary>Something that is accepted and has no effect.</summary>
    public void Warn(string path, string message) => _warnings.Add($"{path}: {message}");
}
