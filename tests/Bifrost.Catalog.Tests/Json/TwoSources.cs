using Bifrost.Catalog.Json;
using static Bifrost.Catalog.Tests.Json.ReadRig;

namespace Bifrost.Catalog.Tests.Json;

/// <summary>Where a body is held to more than a file, or takes other names.</summary>
public class TwoSources
{
    [Theory]
    [InlineData("""{"name":"n","expires_at":"2020-01-01"}""", "expires_at")]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"name":"n","budgets":[{"max_limit":1,"reset_duration":"1d","override_amount":1}]}""", "budgets[0].override_amount")]
    [InlineData("""{"name":"n","provider_configs":[{"provider":"sim","allowed_models":[""]}]}""", "provider_configs[0].allowed_models")]
    [InlineData("""{"name":"n","provider_configs":[{"provider":"sim","allowed_keys":["k1"]}]}""", "provider_configs[0].allowed_keys")]
    [InlineData("""{"name":"n","provider_configs":[{"provider":"sim","key_ids":["k1"],"allow_all_keys":true}]}""", "provider_configs[0].key_ids")]
    public void A_body_is_refused_where_a_file_is_not(string json, string path)
    {
        var scope = Scope with { Now = null };
        Assert.Empty(File(json, section => VirtualKeyReader.Read(section, BlankKey, scope)).Errors);
        Assert.Equal(path, Body(json, Key).Errors[0].Path);
    }

    [Theory]
    [InlineData("""{"name":"n","rate_limit":{}}""", "rate_limit.request_max_limit")]
    [InlineData("""{"name":"n","id":"v"}""", "id")]
    [InlineData("""{"name":"n","calls_in_flight":1}""", "calls_in_flight")]
    [InlineData("""{"name":"n","budgets":[{"max_limit":1,"reset_duration":"1d","held_usage":1}]}""", "budgets[0].held_usage")]
    public void A_file_is_refused_where_a_body_sends_back_what_an_answer_showed(string json, string path)
    {
        Assert.Equal(path, Assert.Single(File(json, Key).Errors).Path);
        Assert.Empty(Body(json, Key).Errors);
    }

    [Fact]
    public void Texts_and_lists_of_a_body_are_bounded()
    {
        var text = $$"""{"name":"{{new string('x', 257)}}"}""";
        var list = $$"""{"name":"n","budgets":[{{string.Join(',', Enumerable.Range(1, 17).Select(days => $$"""{"max_limit":1,"reset_duration":"{{days}}d"}"""))}}]}""";
        Assert.Equal("has 257 characters; at most 256 may stand here", Body(text, Key).Errors[0].Message);
        Assert.Equal("has 17 entries; at most 16 may stand here", Assert.Single(Body(list, Key).Errors).Message);
        Assert.Empty(File(text, Key).Errors);
        Assert.Empty(File(list, Key).Errors);
    }

    [Fact]
    public void A_mistake_is_told_once_and_a_call_keeps_the_first()
    {
        var findings = new Findings(countMax: 2);
        findings.Add("a", "is wrong");
        findings.Add("a", "is wrong");
        Assert.False(findings.IsFull);
        findings.Add("b", "is not a setting; did you mean c?");
        findings.Add("c", "is wrong");
        Assert.Equal(["a: is wrong", "b: is not a setting; did you mean c?"], findings.Errors.Select(finding => finding.ToString()));
        Assert.Equal(("a", "a is wrong."), (findings.Error!.Param, findings.Error.Message));
    }

    [Fact]
    public void A_name_of_a_million_letters_is_compared_with_none() =>
        Assert.Null(NearestName.To(new string('x', 1_000_000), ["name", "budgets"]));
}
