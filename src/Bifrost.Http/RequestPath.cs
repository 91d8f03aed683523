using Microsoft.AspNetCore.Http.Features;

namespace Bifrost.Http;

/// <summary>
/// Decodes ids in paths once. The web server has decoded the path already, all but slashes, so that decoding it again would turn an id such as
/// <c>a%41</c>, sent as <c>a%2541</c>, into another one. Hence ids are read from the target as it was sent.
/// </summary>
public static class RequestPath
{
    /// <summary>The part of the path from <paramref name="start"/> to <paramref name="tail"/> characters before its end, decoded once.</summary>
    public static string Part(HttpContext context, int start, int tail)
    {
        var path = context.Request.Path.Value ?? "";
        var raw = RawOf(context);
        var isSame = raw is not null && raw.Length >= start + tail && raw.AsSpan().StartsWith(path.AsSpan(0, start), StringComparison.Ordinal)
            && raw.AsSpan().EndsWith(path.AsSpan(path.Length - tail), StringComparison.Ordinal);
        return isSame ? Uri.UnescapeDataString(raw![start..^tail]) : path[start..^tail];
    }

    /// <summary>The segments of the path, each decoded once.</summary>
    public static string[] Segments(HttpContext context)
    {
        var served = (context.Request.Path.Value ?? "").TrimEnd('/').Split('/');
        if (RawOf(context)?.TrimEnd('/').Split('/') is not { } sent || sent.Length != served.Length) return served;
        for (var i = 0; i < sent.Length; i++) sent[i] = Uri.UnescapeDataString(sent[i]);
        return sent;
    }

    /// <summary>The path as it was sent; null where it is no plain one: a whole address, or with segments that were taken out of it.</summary>
    private static string? RawOf(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestFeature>()?.RawTarget is not { Length: > 0 } target || target[0] != '/') return null;
        var end = target.AsSpan().IndexOfAny('?', '#');
        var raw = end < 0 ? target : target[..end];
        return raw.Contains("/.", StringComparison.Ordinal) || raw.Contains("/%2e", StringComparison.OrdinalIgnoreCase) ? null : raw;
    }
}
