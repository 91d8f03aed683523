namespace Bifrost.Jobs.Webhooks;

/// <summary>
/// Where the ends of jobs are told (<c>webhooks</c> of the configuration, or made by an admin). Submissions name it; its address is the
/// operator's.
/// </summary>
public sealed record WebhookEndpoint
{
    public required string Name { get; init; }
    public required Uri Url { get; init; }

    /// <summary>The key of the signatures; a secret, never logged.</summary>
    public required ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>Off: submissions that name it are refused, and what is due waits for its tries to end.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether it may stand at an address that is not public, and speak plain HTTP.</summary>
    public bool AllowPrivateNetwork { get; init; }

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"WebhookEndpoint {Name}";
}
