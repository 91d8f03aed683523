using Bifrost.Chat.Errors;
using Bifrost.Jobs.Requests;
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

/// <summary>Reads the headers that turn a chat call into a job. Runs on every call, so it allocates nothing.</summary>
internal static class AsyncHeaders
{
    public static AsyncForm FormOf(IHeaderDictionary headers)
    {
        if (Has(headers, AsyncHeaderNames.Id)) return AsyncForm.Poll;
        if (Has(headers, AsyncHeaderNames.Switch)) return AsyncForm.Submit;
        return headers.TryGetValue("Prefer", out var prefer) && Preference.MayAskAsync(prefer) && Preference.Read(prefer).RespondAsync
            ? AsyncForm.Submit
            : AsyncForm.None;
    }

    /// <summary>Null: <c>x-bf-async</c> is true or absent.</summary>
    public static GatewayError? RefuseSwitch(IHeaderDictionary headers)
    {
        if (!Has(headers, AsyncHeaderNames.Switch)) return null;
        var values = headers[AsyncHeaderNames.Switch];
        return values.Count == 1 && string.Equals(values[0]?.Trim(), "true", StringComparison.OrdinalIgnoreCase)
            ? null
            : GatewayErrors.BadField(
                AsyncHeaderNames.Switch, $"{AsyncHeaderNames.Switch} is '{values}'. Only true stands here; leave it out to wait for the answer.");
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
