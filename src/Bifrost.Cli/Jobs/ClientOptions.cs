namespace Bifrost.Cli.Jobs;

/// <summary>Where the gateway is, and who asks.</summary>
public sealed record ClientOptions
{
    public required Uri Address { get; init; }

    /// <summary>A virtual key; a secret.</summary>
    public required string Key { get; init; }

    /// <summary>What a command answers.</summary>
    public TextWriter Output { get; init; } = Console.Out;

    /// <summary>Progress and complaints.</summary>
    public TextWriter Notes { get; init; } = Console.Error;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public override string ToString() => $"ClientOptions {Address}";
}
