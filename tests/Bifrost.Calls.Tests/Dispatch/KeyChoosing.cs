using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Tests.Dispatch;

public class KeyChoosing : DispatcherTest
{
    [Fact]
    public async Task Spreads_calls_over_the_keys_by_weight()
    {
        var provider = Provider(Key("a", 1), Key("b", 3), Key("never", 0));
        for (var i = 0; i < 8_000; i++) await DispatchAsync(provider);
        var counts = Dialect.Tries.CountBy(target => target.KeyId).ToDictionary();
        Assert.InRange(counts["a"], 1_880, 2_120);
        Assert.InRange(counts["b"], 5_880, 6_120);
        Assert.DoesNotContain("never", counts.Keys);
        Assert.All(Dialect.Tries, target => Assert.Equal($"secret-of-{target.KeyId}", target.Credential));
    }

    [Fact]
    public async Task Uses_only_keys_that_are_enabled_and_allow_the_model()
    {
        var provider = Provider(
            Key("disabled") with { Enabled = false },
            Key("other-model") with { Models = new NameList(["other"]) },
            Key("none") with { Models = NameList.None },
            Key("blacklisted") with { BlacklistedModels = new NameList(["m"]) },
            Key("right") with { Models = new NameList(["m"]) });
        for (var i = 0; i < 50; i++) Assert.Equal("right", (await DispatchAsync(provider)).KeyId);
    }

    [Fact]
    public async Task Uses_only_keys_that_the_caller_may_use_and_that_have_not_failed()
    {
        var provider = Provider(Key("a"), Key("b"), Key("c"));
        for (var i = 0; i < 50; i++)
            Assert.Equal("b", (await DispatchAsync(provider, Call() with { AllowedKeyIds = ["a", "b"], ExhaustedKeyIds = ["a"] })).KeyId);
        var refused = await FailAsync(provider, Call() with { AllowedKeyIds = [] });
        Assert.Equal(FailureKind.KeysExhausted, refused.Kind);
    }

    [Fact]
    public async Task Says_so_when_every_key_has_failed_or_none_is_right()
    {
        var provider = Provider(Key("a"), Key("b"));
        var exhausted = await FailAsync(provider, Call() with { ExhaustedKeyIds = ["b", "a"] });
        Assert.Equal((FailureKind.KeysExhausted, 502, ErrorTypes.CredentialsExhausted, false), (exhausted.Kind, exhausted.Status, exhausted.Type, exhausted.FromProvider));
        var none = await FailAsync(Provider(Key("a") with { Enabled = false }));
        Assert.Equal(FailureKind.KeysExhausted, none.Kind);
        Assert.Contains("'m'", none.Message);
        Assert.Equal(FailureKind.KeysExhausted, (await FailAsync(Provider() with { Keyless = false })).Kind);
        Assert.Empty(Dialect.Tries);
        AssertIdle();
    }

    [Fact]
    public async Task Sends_a_callers_own_key_and_no_other()
    {
        var provider = Provider(Key("a") with { Enabled = false });
        Assert.Equal("", (await DispatchAsync(provider, Call() with { DirectKey = "own" })).KeyId);
        Assert.Equal(("own", ""), Dialect.Tries.Select(target => (target.Credential, target.KeyId)).Single());
    }

    [Fact]
    public async Task Sends_no_key_to_a_provider_that_takes_none()
    {
        Assert.Null((await DispatchAsync(Provider())).Failure);
        Assert.Null(Assert.Single(Dialect.Tries).Credential);
    }

    [Fact]
    public async Task Takes_up_a_removed_key_and_a_new_secret_with_the_next_call()
    {
        Assert.Equal("a", (await DispatchAsync(Provider(Key("a")))).KeyId);
        Assert.Equal("b", (await DispatchAsync(Provider(Key("b")))).KeyId);
        await DispatchAsync(Provider(Key("b") with { Value = "rotated" }));
        Assert.Equal("rotated", Dialect.Tries.Last().Credential);
    }

    [Fact]
    public async Task Answers_for_a_dialect_that_nobody_speaks()
    {
        var refused = await FailAsync(Provider() with { Dialect = "klingon" });
        Assert.Equal((FailureKind.Connect, 502), (refused.Kind, refused.Status));
    }
}
