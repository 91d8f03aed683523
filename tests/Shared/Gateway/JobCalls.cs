using System.Text.Json;

namespace Bifrost.Testing;

/// <summary>Short ways to submit and to poll.</summary>
internal static class JobCalls
{
    public const string Path = "/v1/async/chat/completions";

    private static readonly (string, string) s_open = ("x-bf-vk", RunningGateway.OpenKey);

    /// <summary>Submits by header with the open key.</summary>
    public static Task<Answer> SubmitAsync(this RunningGateway gateway, string body, params (string Name, string Value)[] headers) =>
        gateway.PostAsync(Requests.Chat, body, [s_open, ("x-bf-async", "true"), .. headers]);

    public static Task<Answer> SubmitByPathAsync(this RunningGateway gateway, string body, params (string Name, string Value)[] headers) =>
        gateway.PostAsync(Path, body, [s_open, .. headers]);

    /// <summary>Polls by header with the open key.</summary>
    public static Task<Answer> PollAsync(this RunningGateway gateway, string id, string query = "", params (string Name, string Value)[] headers) =>
        gateway.PostAsync(Requests.Chat + query, "not even JSON", [s_open, ("x-bf-async-id", id), .. headers]);

    public static Task<Answer> GetJobAsync(this RunningGateway gateway, string id, string query = "", string key = RunningGateway.OpenKey) =>
        gateway.GetAsync($"{Path}/{id}{query}", ("x-bf-vk", key));

    public static Task<Answer> DeleteJobAsync(this RunningGateway gateway, string id, string key = RunningGateway.OpenKey) =>
        gateway.SendAsync(new HttpRequestMessage(HttpMethod.Delete, new Uri(gateway.Address, $"{Path}/{id}")), ("x-bf-vk", key));

    /// <summary>The job by path once it has ended, by long polls.</summary>
    public static async Task<JsonElement> JobEndedAsync(this RunningGateway gateway, string id)
    {
        var ended = await Eventually.UntilAsync(() => gateway.GetJobAsync(id, "?wait=10"), answer => answer.Status != 202, answer => answer.Body);
        Assert.True(ended.Status == 200, $"{ended.Status}: {ended.Body}");
        return ended.Json;
    }

    public static string IdOf(Answer answer)
    {
        Assert.True(answer.Status is 200 or 202, $"{answer.Status}: {answer.Body}");
        return answer.Json.GetProperty("id").GetString()!;
    }
}
