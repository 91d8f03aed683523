using System.Buffers;
using Bifrost.Ledger.Ids;

namespace Bifrost.Http.Headers;

/// <summary>The id of a request: the caller's own <c>x-request-id</c> where it is sane, else a new UUIDv7.</summary>
public static class RequestId
{
    private const int CharsMax = 128;

    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:");

    public static string Of(IHeaderDictionary headers, TimeProvider time)
    {
        if (headers.TryGetValue("x-request-id", out var values) && values.Count == 1 && values[0] is { Length: > 0 and <= CharsMax } own
            && !own.AsSpan().ContainsAnyExcept(s_allowed)) return own;
        return Uuid.New(time).ToString();
    }
}
