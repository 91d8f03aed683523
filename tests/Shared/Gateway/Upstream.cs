using System.Text.Json;

namespace Bifrost.Testing;

/// <summary>What the simulator saw and what it would charge.</summary>
internal static class Upstream
{
    /// <summary>The one call to a model that only one test uses.</summary>
    public static async Task<JsonElement> CallToAsync(this RunningGateway gateway, string model) => Assert.Single(await gateway.CallsToAsync(model));

    public static async Task<IReadOnlyList<JsonElement>> CallsToAsync(this RunningGateway gateway, string model) =>
        [.. (await LinesAsync(gateway, "calls")).Where(call => call.GetRawText().Contains(model, StringComparison.Ordinal))];

    /// <summary>The upstream's bill for a model.</summary>
    public static async Task<IReadOnlyList<JsonElement>> BillOfAsync(this RunningGateway gateway, string model) =>
        [.. (await LinesAsync(gateway, "bill")).Where(line => line.GetProperty("model").GetString() == model)];

    /// <summary>Waits until the upstream has ended its one call to a model, and answers its bill line.</summary>
    public static Task<JsonElement> EndedAsync(this RunningGateway gateway, string model) => Eventually.UntilAsync(
        async () => Assert.Single(await gateway.BillOfAsync(model)), line => line.GetProperty("outcome").GetString() != "running", line => line.GetRawText());

    public static JsonElement BodyOf(JsonElement call) => JsonDocument.Parse(call.GetProperty("body").GetString()!).RootElement;

    public static string? Header(JsonElement call, string name) =>
        call.GetProperty("headers").TryGetProperty(name, out var values) ? string.Join(", ", values.EnumerateArray().Select(value => value.GetString())) : null;

    private static async Task<IEnumerable<JsonElement>> LinesAsync(RunningGateway gateway, string page)
    {
        var text = await gateway.Http.GetStringAsync(new Uri(gateway.Simulator, page));
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);
    }
}
