namespace Bifrost.Chat.Errors;

/// <summary>The error object of contract section 6, before it is written.</summary>
public sealed record GatewayError
{
    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>One of <see cref="ErrorTypes"/>, or the provider's own type.</summary>
    public required string Type { get; init; }

    /// <summary>What is wrong and what would be right.</summary>
    public required string Message { get; init; }

    /// <summary>The field at fault.</summary>
    public string? Param { get; init; }

    public string? Code { get; init; }

    /// <summary>False when a provider said it.</summary>
    public bool IsBifrostError { get; init; } = true;

    public long? RetryAfterMs { get; init; }

    /// <summary>Value of <c>x-should-retry</c>; null: left out, the SDK's own rule holds.</summary>
    public bool? ShouldRetry { get; init; }

    /// <summary>Provider and model that failed, where there was one.</summary>
    public string? Provider { get; init; }

    public string? Model { get; init; }

    /// <summary><c>extra_fields.request_type</c>: one of <see cref="RequestTypes"/>.</summary>
    public string RequestType { get; init; } = RequestTypes.ChatCompletion;

    /// <summary>Every try that was made.</summary>
    public ImmutableArray<AttemptReport> Attempts { get; init; } = [];
}

/// <summary>One line of <c>extra_fields.attempts</c>.</summary>
public sealed record AttemptReport(string Provider, string Model, int Status, string Type, long LatencyMs);
