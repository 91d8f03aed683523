using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.OpenAi;

/// <summary>The request that goes upstream, with the contract's headers and no others (contract section 4).</summary>
internal static class UpstreamRequest
{
    public static HttpRequestMessage Make(UpstreamTarget target, ProviderCall call, Upstream upstream, EditedBody body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, call.Stream ? upstream.StreamUrl : upstream.ChatUrl) { Content = body };
        var headers = request.Headers;
        headers.TryAddWithoutValidation("x-client-request-id", call.AttemptId.ToString());
        // Configured headers first: where a name stands twice, the operator's word holds.
        foreach (var (name, value) in upstream.ExtraHeaders) headers.TryAddWithoutValidation(name, value);
        if (target.Credential is { } credential) AddUnlessThere(request, upstream.Profile.AuthHeader, upstream.AuthValue(credential));
        foreach (var header in call.Headers)
            if (HeaderPolicy.CallerName(header) is { } name) AddUnlessThere(request, name, header.Value);
        return request;
    }

    private static void AddUnlessThere(HttpRequestMessage request, string name, string value)
    {
        if (!request.Headers.NonValidated.Contains(name)) request.Headers.TryAddWithoutValidation(name, value);
    }
}
