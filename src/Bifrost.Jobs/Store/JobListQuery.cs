using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Store;

/// <summary>Which jobs are wanted. What is null does not filter.</summary>
public sealed record JobListQuery
{
    public string? VirtualKeyId { get; init; }
    public JobStatus? Status { get; init; }

    /// <summary>Submitted at or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Submitted before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The last job of the page before; null for the first page.</summary>
    public Guid? Before { get; init; }

    /// <summary>1 to <see cref="JobOptions.ListMax"/>; values outside are brought inside.</summary>
    public int CountMax { get; init; } = 100;
}
