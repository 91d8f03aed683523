using System.Text;

namespace Bifrost.Testing;

/// <summary>Short ways to call the gateway.</summary>
internal static class Requests
{
    public const string Chat = "/openai/v1/chat/completions";

    public static string Body(string model, string extra = "") =>
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}]{{(extra.Length == 0 ? "" : "," + extra)}}}""";

    /// <summary>A chat call with the open key.</summary>
    public static Task<Answer> ChatAsync(this RunningGateway gateway, string body, params (string Name, string Value)[] headers) =>
        gateway.PostAsync(Chat, body, [("Authorization", $"Bearer {RunningGateway.OpenKey}"), .. headers]);

    public static Task<Answer> PostAsync(this RunningGateway gateway, string path, string body, params (string Name, string Value)[] headers) =>
        gateway.PostAsync(path, Encoding.UTF8.GetBytes(body), headers);

    public static Task<Answer> PostAsync(this RunningGateway gateway, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Address, path)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        return gateway.SendAsync(request, headers);
    }

    public static Task<Answer> GetAsync(this RunningGateway gateway, string path, params (string Name, string Value)[] headers) =>
        gateway.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Address.ToString().TrimEnd('/') + path)), headers);

    public static async Task<Answer> SendAsync(this RunningGateway gateway, HttpRequestMessage request, params (string Name, string Value)[] headers)
    {
        using (request)
        {
            foreach (var (name, value) in headers)
            {
                if (request.Headers.TryAddWithoutValidation(name, value)) continue;
                request.Content?.Headers.Remove(name);
                request.Content?.Headers.TryAddWithoutValidation(name, value);
            }

            return await Repeats.WhileUnavailableAsync(async () =>
            {
                using var response = await gateway.Http.SendAsync(CopyOf(request));
                var all = response.Headers.Concat(response.Content.Headers).ToDictionary(
                    header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
                return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), all);
            });
        }
    }

    /// <summary>A client sends a request message only once; its content may be read again.</summary>
    private static HttpRequestMessage CopyOf(HttpRequestMessage request)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = request.Content };
        foreach (var (name, values) in request.Headers.NonValidated) copy.Headers.TryAddWithoutValidation(name, values);
        return copy;
    }
}
