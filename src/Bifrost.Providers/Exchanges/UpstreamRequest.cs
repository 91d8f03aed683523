using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Exchanges;

/// <summary>The request that goes upstream, with the contract's headers and no others (contract section 4).</summary>
internal static class UpstreamRequest
{
    private const string OpenAiHeaders = "openai-";

    public static HttpRequestMessage Make(UpstreamTarget target, ProviderCall call, Uri url, Upstream upstream, EditedBody body)
    {
        var route = upstream.Route;
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = body };
        var headers = request.Headers;
        headers.TryAddWithoutValidation("x-client-request-id", call.AttemptId.ToString());
        // Configured headers first: where a name stands twice, the operator's word holds.
        foreach (var (name, value) in upstream.ExtraHeaders) headers.TryAddWithoutValidation(name, value);
        if (target.Credential is { } credential) AddUnlessThere(request, route.AuthHeader, upstream.AuthValue(credential));
        foreach (var header in call.Headers)
        {
            if (HeaderPolicy.CallerName(header) is not { } name) continue;
            if (route.TakesOpenAiHeaders || !name.StartsWith(OpenAiHeaders, StringComparison.OrdinalIgnoreCase)) AddUnlessThere(request, name, header.Value);
        }

        foreach (var (name, value) in route.Headers) AddUnlessThere(request, name, value);
        return request;
    }

    private static void AddUnlessThere(HttpRequestMessage request, string name, string value)
    {
        if (!request.Headers.NonValidated.Contains(name)) request.Headers.TryAddWithoutValidation(name, value);
    }
}
