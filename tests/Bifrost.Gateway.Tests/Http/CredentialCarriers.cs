namespace Bifrost.Gateway.Tests.Http;

[Collection<SharedGateway>]
public class CredentialCarriers(RunningGateway gateway)
{
    private Task<Answer> CallAsync(params (string Name, string Value)[] headers) => gateway.PostAsync(Requests.Chat, Requests.Body("sim/sim-echo"), headers);

    [Theory]
    [InlineData("Authorization", "Bearer " + RunningGateway.OpenKey)]
    [InlineData("Authorization", "bearer  " + RunningGateway.OpenKey)]
    [InlineData("x-bf-vk", RunningGateway.OpenKey)]
    [InlineData("x-bf-vk", RunningGateway.OldKey)]
    [InlineData("x-api-key", RunningGateway.OpenKey)]
    [InlineData("x-goog-api-key", RunningGateway.OpenKey)]
    [InlineData("api-key", RunningGateway.OpenKey)]
    public async Task Every_carrier_opens(string name, string value) => Assert.Equal(200, (await CallAsync((name, value))).Status);

    [Fact]
    public async Task Nothing_shown_is_a_401() => (await CallAsync()).IsError(401, "virtual_key_required");

    [Theory]
    [InlineData("Authorization", "Bearer sk-bf-unknown")]
    [InlineData("Authorization", "Bearer SK-BF-UNKNOWN")]
    [InlineData("x-bf-vk", "sk-bf-unknown")]
    [InlineData("x-api-key", "sk-bf-unknown")]
    [InlineData("api-key", "sk-bf-unknown")]
    public async Task An_unknown_virtual_key_is_a_403(string name, string value) => (await CallAsync((name, value))).IsError(403, "access_not_found");

    [Theory]
    [InlineData("Authorization", "Bearer sk-some-provider-key")]
    [InlineData("Authorization", "Basic dXNlcjpwYXNz")]
    [InlineData("Authorization", "Bearer " + RunningGateway.OldKey)]
    [InlineData("x-api-key", "anything")]
    [InlineData("x-bf-vk", "anything")]
    public async Task Any_other_credential_is_a_401(string name, string value) => (await CallAsync((name, value))).IsError(401, "invalid_credentials");

    [Fact]
    public async Task The_header_of_bifrosts_own_wins() =>
        (await CallAsync(("Authorization", $"Bearer {RunningGateway.OpenKey}"), ("x-bf-vk", "sk-bf-unknown"))).IsError(403, "access_not_found");

    [Fact]
    public async Task A_dummy_key_of_an_sdk_does_not_hide_a_virtual_key_in_another_header() =>
        Assert.Equal(200, (await CallAsync(("Authorization", "Bearer dummy"), ("x-api-key", RunningGateway.OpenKey))).Status);

    [Theory]
    [InlineData(RunningGateway.OffKey, "access_blocked")]
    [InlineData(RunningGateway.ExpiredKey, "access_blocked")]
    public async Task A_key_that_is_off_or_expired_is_a_403(string key, string type) => (await CallAsync(("x-bf-vk", key))).IsError(403, type);

    [Fact]
    public async Task A_model_or_provider_that_is_not_allowed_is_a_403()
    {
        (await gateway.PostAsync(Requests.Chat, Requests.Body("sim/sim-1kb"), ("x-bf-vk", RunningGateway.NarrowKey))).IsError(403, "model_blocked");
        (await gateway.PostAsync(Requests.Chat, Requests.Body("openai/gpt-4o"), ("x-bf-vk", RunningGateway.NarrowKey))).IsError(403, "provider_blocked");
    }

    [Fact]
    public async Task Direct_keys_go_to_the_provider_only_where_they_are_allowed()
    {
        await using var other = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator, """{"allow_direct_keys":true}"""));
        var model = RunningGateway.Tagged("sim");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(other.Address, Requests.Chat)) { Content = new StringContent(Requests.Body($"openai/{model}")) };
        Assert.Equal(200, (await gateway.SendAsync(request, ("Authorization", "Bearer sk-my-own"))).Status);
        Assert.Equal("Bearer sk-my-own", Upstream.Header(await gateway.CallToAsync(model), "authorization"));

        using var virtualKey = new HttpRequestMessage(HttpMethod.Post, new Uri(other.Address, Requests.Chat)) { Content = new StringContent(Requests.Body($"openai/{model}")) };
        (await gateway.SendAsync(virtualKey, ("Authorization", "Bearer sk-bf-unknown"))).IsError(403, "access_not_found");
        Assert.Single(await gateway.CallsToAsync(model));
    }

    [Fact]
    public async Task Without_enforcement_dummies_and_nothing_are_served_and_unknown_virtual_keys_are_not()
    {
        await using var other = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator, """{"enforce_auth_on_inference":false}"""));
        foreach (var (headers, status) in new ((string, string)[] Headers, int Status)[]
            { ([], 200), ([("Authorization", "Bearer dummy")], 200), ([("Authorization", "Bearer sk-bf-x")], 403) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(other.Address, Requests.Chat)) { Content = new StringContent(Requests.Body("sim/sim-echo")) };
            Assert.Equal(status, (await gateway.SendAsync(request, headers)).Status);
        }
    }
}
