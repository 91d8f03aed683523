using System.Collections.Frozen;
using System.Text.Json;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Telemetry;

/// <summary>The words that stand in <c>error.type</c>, <c>reason</c> and <c>level</c>: never one of a provider's own, which nobody bounds.</summary>
internal static class ErrorWords
{
    /// <summary>A fault of the gateway's own.</summary>
    public const string Internal = "internal_error";

    private const string Other = "_OTHER";

    private static readonly string[] s_kinds = WordsOf<FailureKind>();
    private static readonly string[] s_reasons = WordsOf<RefusalReason>();
    private static readonly string[] s_levels = WordsOf<RefusalLevel>();

    private static readonly FrozenSet<string> s_types = new[]
    {
        ErrorTypes.InvalidRequest, ErrorTypes.VirtualKeyRequired, ErrorTypes.InvalidCredentials, ErrorTypes.BudgetExceeded, ErrorTypes.BudgetHeld,
        ErrorTypes.AccessNotFound, ErrorTypes.AccessBlocked, ErrorTypes.ProviderBlocked, ErrorTypes.ModelBlocked, ErrorTypes.ModelUnpriced,
        ErrorTypes.UnsupportedParameter, ErrorTypes.ProviderNotSupported, ErrorTypes.UnboundedContent, ErrorTypes.FieldUnpriced, ErrorTypes.BoundBroken,
        ErrorTypes.NotFound, ErrorTypes.RequestTooLarge, ErrorTypes.RequestLimited, ErrorTypes.TokenLimited, ErrorTypes.RateLimited,
        ErrorTypes.ConcurrencyLimited, ErrorTypes.QueueFull, ErrorTypes.RequestCancelled, ErrorTypes.RequestTimedOut, ErrorTypes.ProviderUnavailable,
        ErrorTypes.CredentialsExhausted, ErrorTypes.RequestDropped, ErrorTypes.LedgerUnavailable, ErrorTypes.ShuttingDown,
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What went wrong with a try: <c>upstream_</c> and the kind of failure.</summary>
    public static string Of(FailureKind kind) => s_kinds[(int)kind];

    public static string Of(RefusalReason reason) => s_reasons[(int)reason];

    public static string Of(RefusalLevel level) => s_levels[(int)level];

    /// <summary>The gateway's own type of an error.</summary>
    public static string Of(GatewayError error) => s_types.TryGetValue(error.Type, out var known) ? known : Other;

    /// <summary>What a request's error is: the provider's by its kind, any other by its type.</summary>
    public static string Of(GatewayError error, ProviderFailure? failure) => failure is { FromProvider: true } ? Of(failure.Kind) : Of(error);

    private static string[] WordsOf<T>() where T : struct, Enum
    {
        var start = typeof(T) == typeof(FailureKind) ? "upstream_" : "";
        return [.. Enum.GetValues<T>().Select(value => start + JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()))];
    }
}
