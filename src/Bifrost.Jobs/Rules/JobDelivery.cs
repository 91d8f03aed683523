using Bifrost.Jobs.Contracts;

namespace Bifrost.Jobs.Rules;

/// <summary>One event for one webhook endpoint.</summary>
public sealed record JobDelivery
{
    /// <summary>UUIDv7; the <c>webhook-id</c> of every try.</summary>
    public required Guid Id { get; init; }

    public required Guid JobId { get; init; }
    public required string VirtualKeyId { get; init; }
    public required string RequestId { get; init; }

    /// <summary>The name of the endpoint as the submission gave it.</summary>
    public required string Endpoint { get; init; }

    /// <summary>How the job ended.</summary>
    public required JobStatus JobStatus { get; init; }

    public required int StatusCode { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the job's result stops being readable.</summary>
    public required DateTimeOffset ResultExpiresAt { get; init; }

    public JobDeliveryState State { get; init; }

    /// <summary>Grows with every lease.</summary>
    public long Fence { get; init; }

    /// <summary>Tries made, the leased one included.</summary>
    public int Attempts { get; init; }

    public DateTimeOffset NotBefore { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>HTTP status of the last try; 0: none came.</summary>
    public int LastStatus { get; init; }

    public string? LastError { get; init; }
}

/// <summary>Where a delivery stands. The numbers stand in the database.</summary>
public enum JobDeliveryState
{
    Pending = 0,
    Leased = 1,
    Delivered = 2,

    /// <summary>Out of tries, or refused for good.</summary>
    Dead = 3,
}

/// <summary>What came of one try.</summary>
public sealed record JobDeliveryEnd
{
    public required Guid DeliveryId { get; init; }
    public required long Fence { get; init; }

    /// <summary>Pending: again after <see cref="Delay"/>; or delivered, or dead.</summary>
    public required JobDeliveryState State { get; init; }

    public TimeSpan Delay { get; init; }

    /// <summary>HTTP status of the endpoint's answer; 0: none came.</summary>
    public int Status { get; init; }

    public string? Error { get; init; }
}
