using Microsoft.Extensions.Primitives;

namespace Bifrost.Gateway.Chat;

/// <summary>Refuses the headers that ask for an asynchronous job: an answer that ignores them would surprise whoever sent them.</summary>
internal static class AsyncHeaders
{
    public static GatewayError? Refuse(IHeaderDictionary headers)
    {
        if (Has(headers, "x-bf-async-id")) return NotServed("x-bf-async-id");
        if (Has(headers, "x-bf-async")) return NotServed("x-bf-async");
        if (headers.TryGetValue("Prefer", out var prefer) && prefer.ToString().Contains("respond-async", StringComparison.OrdinalIgnoreCase))
            return NotServed("Prefer: respond-async");
        return null;
    }

    private static bool Has(IHeaderDictionary headers, string name) => headers.TryGetValue(name, out var values) && !StringValues.IsNullOrEmpty(values);

    private static GatewayError NotServed(string header) => new()
    {
        Status = StatusCodes.Status400BadRequest,
        Type = ErrorTypes.InvalidRequest,
        Message = $"This gateway does not serve asynchronous jobs yet. Leave out {header} and wait for the answer.",
        Param = header,
    };
}
