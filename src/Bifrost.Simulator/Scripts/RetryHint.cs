namespace Bifrost.Simulator.Scripts;

/// <summary>How an error says when to come back.</summary>
internal enum RetryForm
{
    /// <summary><c>Retry-After</c> in seconds.</summary>
    Seconds,

    /// <summary><c>Retry-After</c> as an HTTP date.</summary>
    Date,

    /// <summary><c>retry-after-ms</c>.</summary>
    Milliseconds,
}

/// <summary>A hint in one form; <paramref name="Amount"/> is in seconds, or milliseconds for that form.</summary>
internal sealed record RetryHint(RetryForm Form, int Amount);
