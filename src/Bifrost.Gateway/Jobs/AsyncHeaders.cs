using Microsoft.Extensions.Primitives;

namespace Bifrost.Gateway.Jobs;

/// <summary>What the headers of a call on the chat route ask for (contract section 8).</summary>
internal enum AsyncForm
{
    /// <summary>An answer to wait for.</summary>
    None,

    Submit,
    Poll,
}

/// <summary>The headers that turn a chat call into a job. Looked at on every call, so nothing is made here.</summary>
internal static class AsyncHeaders
{
    public const string Id = "x-bf-async-id";
    public const string Switch = "x-bf-async";
    public const string Status = "x-bf-async-status";
    public const string ResultTtl = "x-bf-async-job-result-ttl";
    public const string Webhook = "x-bf-async-webhook";
    public const string IdempotencyKey = "Idempotency-Key";

    public static AsyncForm FormOf(IHeaderDictionary headers)
    {
        if (Has(headers, Id)) return AsyncForm.Poll;
        if (Has(headers, Switch)) return AsyncForm.Submit;
        return headers.TryGetValue("Prefer", out var prefer) && Preference.MayAskAsync(prefer) && Preference.Read(prefer).RespondAsync
            ? AsyncForm.Submit
            : AsyncForm.None;
    }

    /// <summary>Null: <c>x-bf-async</c> is true or absent.</summary>
    public static GatewayError? RefuseSwitch(IHeaderDictionary headers)
    {
        if (!Has(headers, Switch)) return null;
        var values = headers[Switch];
        return values.Count == 1 && string.Equals(values[0]?.Trim(), "true", StringComparison.OrdinalIgnoreCase)
            ? null
            : GatewayErrors.BadField(Switch, $"{Switch} is '{values}'. Only true stands here; leave it out to wait for the answer.");
    }

    /// <summary>The one value of a header; null when it is absent or empty.</summary>
    public static string? One(IHeaderDictionary headers, string name, out GatewayError? error)
    {
        error = null;
        if (!headers.TryGetValue(name, out var values) || StringValues.IsNullOrEmpty(values)) return null;
        if (values.Count > 1) error = GatewayErrors.BadField(name, $"{name} was sent {values.Count} times. Send it once.");
        return values[0]!.Trim();
    }

    private static bool Has(IHeaderDictionary headers, string name) => headers.TryGetValue(name, out var values) && !StringValues.IsNullOrEmpty(values);
}
