namespace Bifrost.Gateway.Tests.Http;

[Collection<SharedGateway>]
public class Routes(RunningGateway gateway)
{
    [Theory]
    [InlineData("/openai/v1/chat/completions")]
    [InlineData("/openai/chat/completions")]
    [InlineData("/v1/chat/completions")]
    public async Task Every_alias_of_the_chat_route_answers(string path)
    {
        var answer = await gateway.PostAsync(path, Requests.Body("sim/sim-echo"), ("x-bf-vk", RunningGateway.OpenKey));
        Assert.Equal(200, answer.Status);
        Assert.Equal("Hello", answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"Hello"}]}""")]
    [InlineData("""{"model":"something-else","messages":[{"role":"user","content":"Hello"}]}""")]
    public async Task The_azure_form_takes_the_model_from_its_path(string body)
    {
        var model = RunningGateway.Tagged("sim");
        var answer = await gateway.PostAsync($"/openai/openai/deployments/{model}/chat/completions?api-version=2024-10-21", body, ("api-key", RunningGateway.OpenKey));
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(model, Upstream.BodyOf(await gateway.CallToAsync(model)).GetProperty("model").GetString());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    public async Task Another_method_is_a_405_that_says_which_is_right(string method)
    {
        var answer = await gateway.SendAsync(new HttpRequestMessage(new HttpMethod(method), new Uri(gateway.Address, Requests.Chat)));
        answer.IsError(405, "method_not_allowed");
        Assert.Equal("POST", answer.Header("Allow"));
    }

    [Fact]
    public async Task Posting_to_the_models_is_a_405()
    {
        var answer = await gateway.PostAsync("/v1/models", "{}");
        Assert.Equal("GET, HEAD", answer.IsError(405, "method_not_allowed").Header("Allow"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/openai/v1/chat/completions/")]
    [InlineData("/OPENAI/v1/chat/completions")]
    [InlineData("/openai/openai/deployments//chat/completions")]
    [InlineData("/openai/v1/embeddings")]
    [InlineData("/%20")]
    public async Task An_unknown_path_is_a_404(string path) => (await gateway.PostAsync(path, "{}", ("x-bf-vk", RunningGateway.OpenKey))).IsError(404, "not_found");

    [Fact]
    public async Task A_bare_model_means_openai_on_openai_routes_and_is_refused_on_the_native_one()
    {
        var model = RunningGateway.Tagged("gpt-4o");
        Assert.Equal(200, (await gateway.ChatAsync(Requests.Body(model))).Status);
        Assert.Equal($"Bearer {RunningGateway.ProviderSecret}", Upstream.Header(await gateway.CallToAsync(model), "authorization"));
        var native = (await gateway.PostAsync("/v1/chat/completions", Requests.Body(model), ("x-bf-vk", RunningGateway.OpenKey))).IsError(400, "invalid_request_error");
        Assert.Equal("model", native.Json.GetProperty("error").GetProperty("param").GetString());
        Assert.Contains("openai", native.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_names_the_version()
    {
        var health = await gateway.GetAsync("/health");
        Assert.Equal(200, health.Status);
        Assert.Equal("ok", health.Json.GetProperty("status").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+$", health.Json.GetProperty("version").GetString());
        Assert.Equal(200, (await gateway.GetAsync("/health/ready")).Status);
    }

    [Theory]
    [InlineData("/openai/v1/models")]
    [InlineData("/openai/models")]
    [InlineData("/v1/models")]
    public async Task The_models_are_those_that_the_key_may_use(string path)
    {
        Assert.Equal(["sim/sim-echo"], Ids(await gateway.GetAsync(path, ("x-bf-vk", RunningGateway.NarrowKey))));
        Assert.Equal(["openai/gpt-4o", "sim/sim-echo"], Ids(await gateway.GetAsync(path, ("x-bf-vk", RunningGateway.OpenKey))));
        (await gateway.GetAsync(path)).IsError(401, "virtual_key_required");
        (await gateway.GetAsync(path, ("x-bf-vk", RunningGateway.OffKey))).IsError(403, "access_blocked");
    }

    [Theory]
    [InlineData("/v1/models/sim/sim-echo", 200)]
    [InlineData("/v1/models/sim%2Fsim-echo", 200)]
    [InlineData("/openai/v1/models/gpt-4o", 200)]
    [InlineData("/v1/models/gpt-4o", 404)]
    [InlineData("/v1/models/sim/nothing", 404)]
    public async Task One_model_is_found_by_its_id(string path, int status)
    {
        var answer = await gateway.GetAsync(path, ("x-bf-vk", RunningGateway.OpenKey));
        Assert.Equal(status, answer.Status);
        if (status == 404) answer.IsError(404, "not_found");
        else Assert.Equal("model", answer.Json.GetProperty("object").GetString());
    }

    private static IEnumerable<string> Ids(Answer answer)
    {
        Assert.Equal("list", answer.Json.GetProperty("object").GetString());
        return answer.Json.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!);
    }
}
