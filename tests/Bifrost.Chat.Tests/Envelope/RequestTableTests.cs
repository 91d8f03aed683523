using System.Text;
using Bifrost.Chat.Envelope;

namespace Bifrost.Chat.Tests.Envelope;

/// <summary>The request table of contract section 3: every field with values that are right and values that are not.</summary>
public sealed class RequestTableTests
{
    private static readonly Dictionary<string, (string[] Good, string[] Bad)> Table = new()
    {
        ["model"] = (["\"gpt-4\"", "\"openai/gpt-4\"", "\"a b\"", "\"g\\u0070t\""],
            ["null", "\"\"", "1", "true", "{}", "[\"gpt-4\"]", "\"gpt\\n4\"", "\"modèle\"", "\" gpt\"", "\"\\ud800\"", "\"gpt\\u007f\""]),
        ["messages"] = (
            ["[{\"role\":\"user\"}]", "[{\"content\":[{\"type\":\"text\"}],\"role\":\"x\"},{\"role\":\"\"}]", "[{\"r\\u006fle\":\"user\"}]"],
            ["null", "[]", "{}", "\"hi\"", "[1]", "[null]", "[{}]", "[{\"role\":1}]", "[{\"role\":null}]", "[{\"Role\":\"user\"}]", "[[]]"]),
        ["stream"] = (["true", "false", "null"], ["1", "\"true\"", "{}", "[]"]),
        ["max_tokens"] = (["1", "4096", "null", "10000000"], ["0", "-1", "1.5", "3.0", "1e2", "\"5\"", "true", "10000001", "99999999999999999999"]),
        ["max_completion_tokens"] = (["1", "4096", "null"], ["0", "-1", "1.5", "3.0", "\"5\"", "[]", "10000001"]),
        ["temperature"] = (["0", "2", "0.7", "2.0", "1e0", "null", "-0"], ["-0.1", "2.1", "1e400", "\"1\"", "{}", "true"]),
        ["top_p"] = (["0", "1", "0.5", "null"], ["\"1\"", "[]", "false", "1e999"]),
        ["frequency_penalty"] = (["-2", "2", "0.5", "null"], ["-2.1", "2.01", "\"0\"", "[]"]),
        ["presence_penalty"] = (["-2", "2", "0.5", "null"], ["-2.1", "2.01", "\"0\"", "[]"]),
        ["logit_bias"] = (["{}", "{\"50256\":-100}", "null"], ["[]", "1", "\"{}\""]),
        ["logprobs"] = (["true", "false", "null"], ["1", "\"true\"", "5"]),
        ["top_logprobs"] = (["0", "20", "null"], ["-1", "1.5", "2.0", "\"3\"", "true"]),
        ["n"] = (["1", "128", "null"], ["0", "-1", "129", "1.0", "\"1\"", "4294967297"]),
        ["stop"] = (["\"x\"", "\"\"", "[]", "[\"a\",\"b\"]", "null"], ["1", "{}", "[1]", "[\"a\",null]", "true", "[[\"a\"]]"]),
        ["seed"] = (["0", "-5", "9223372036854775807", "null"], ["1.5", "\"1\"", "9223372036854775808", "1e3", "true"]),
        ["user"] = (["\"u\"", "\"\"", "null"], ["1", "{}", "[\"u\"]"]),
        ["tools"] = (["[]", "[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "null"], ["{}", "\"x\"", "[1]", "[null]", "[[]]"]),
        ["tool_choice"] = (["\"none\"", "\"auto\"", "\"required\"", "{\"type\":\"function\"}", "\"\\u0061uto\"", "null"],
            ["\"any\"", "\"AUTO\"", "\"\"", "1", "[]", "true"]),
        ["parallel_tool_calls"] = (["true", "false", "null"], ["\"true\"", "0", "{}"]),
        ["response_format"] = (["{\"type\":\"json_object\"}", "{}", "null"], ["\"json\"", "[]", "true"]),
        ["reasoning_effort"] = (["\"none\"", "\"minimal\"", "\"low\"", "\"medium\"", "\"high\"", "\"xhigh\"", "\"max\"", "\"default\"", "null"],
            ["\"\"", "1", "{}"]),
        ["service_tier"] = (["\"auto\"", "\"flex\"", "null"], ["1", "{}", "true"]),
        ["stream_options"] = (["{}", "{\"include_usage\":true}", "{\"include_usage\":null,\"x\":1}", "{\"include_obfuscation\":false}", "null"],
            ["[]", "true", "\"x\"", "{\"include_usage\":1}", "{\"include_usage\":\"true\"}", "{\"include_usage\":true,\"include_usage\":false}",
                "{\"Include_usage\":true}", "{\"include_usage\":false,\"includ\\u0065_usage\":true}"]),
        ["fallbacks"] = (["[]", "[\"openai/gpt-4\"]", "[{\"provider\":\"openai\",\"model\":\"gpt-4\"},\"a/b/c\"]", "null"],
            ["{}", "\"openai/gpt-4\"", "[1]", "[null]", "[\"gpt-4\"]", "[\"/gpt-4\"]", "[\"openai/\"]", "[\"\"]", "[{}]",
                "[{\"provider\":\"openai\"}]", "[{\"model\":\"gpt-4\"}]", "[{\"provider\":\"a/b\",\"model\":\"c\"}]",
                "[{\"provider\":1,\"model\":\"c\"}]", "[{\"provider\":\"a\",\"model\":\"b\",\"model\":\"c\"}]",
                "[{\"provider\":\"a\",\"model\":\"b\",\"params\":{}}]", "[\"a/b\\u0000\"]"]),
    };

    public static TheoryData<string, string> GoodValues() => Rows(true);

    public static TheoryData<string, string> BadValues() => Rows(false);

    [Theory]
    [MemberData(nameof(GoodValues))]
    public void Takes_a_right_value(string field, string value) => Parsed.Good(BodyWith(field, value));

    [Theory]
    [MemberData(nameof(BadValues))]
    public void Refuses_a_wrong_value_and_names_the_field(string field, string value)
    {
        var error = Parsed.Bad(BodyWith(field, value));
        Assert.StartsWith(field, error.Param, StringComparison.Ordinal);
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Covers_every_field_of_the_table() =>
        Assert.Equal(Bifrost.Chat.Envelope.ChatFields.Rules.Select(rule => rule.Name).Order(), Table.Keys.Order());

    [Fact]
    public void Has_a_row_for_every_field_in_the_order_of_the_enumeration()
    {
        var names = Enum.GetNames<Bifrost.Chat.Envelope.ChatField>().Where(name => name != "Unknown").Select(name => name.ToLowerInvariant());
        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            Bifrost.Chat.Envelope.ChatFields.Rules.Select(rule => rule.Name.Replace("_", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        for (var i = 0; i < Bifrost.Chat.Envelope.ChatFields.Rules.Length; i++)
            Assert.Equal(
                ((Bifrost.Chat.Envelope.ChatField)i).ToString().ToLowerInvariant(),
                Bifrost.Chat.Envelope.ChatFields.Rules[i].Name.Replace("_", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Says_what_it_got_and_what_is_right()
    {
        var error = Parsed.Bad(Parsed.With("temperature", "3.5"));
        Assert.Equal("`temperature` must be a number from 0 to 2; got 3.5.", error.Message);
        Assert.Equal("temperature", error.Param);
    }

    [Fact]
    public void Names_the_element_that_is_wrong()
    {
        Assert.Equal("messages[1].role", Parsed.Bad("{\"model\":\"m\",\"messages\":[{\"role\":\"user\"},{\"role\":7}]}").Param);
        Assert.Equal("stop[1]", Parsed.Bad(Parsed.With("stop", "[\"a\",2]")).Param);
        Assert.Equal("fallbacks[1].model", Parsed.Bad(Parsed.With("fallbacks", "[\"a/b\",{\"provider\":\"a\"}]")).Param);
    }

    [Fact]
    public void Limits_the_number_of_fallbacks()
    {
        var many = "[" + string.Join(',', Enumerable.Repeat("\"a/b\"", 17)) + "]";
        Assert.Equal("fallbacks", Parsed.Bad(Parsed.With("fallbacks", many)).Param);
    }

    [Theory]
    [InlineData("max", false)]
    [InlineData("High", false)]
    [InlineData("xhigh", true)]
    public void Knows_all_efforts_where_enums_are_strict(string effort, bool right)
    {
        var body = Encoding.UTF8.GetBytes(Parsed.With("reasoning_effort", $"\"{effort}\""));
        Assert.Equal(right, ChatEnvelope.TryParse(body, ChatLimits.Default with { StrictEnums = true }, out _, out var error));
        Assert.Equal(right ? null : "reasoning_effort", error?.Param);
    }

    [Fact]
    public void Cuts_a_long_value_in_its_message()
    {
        var error = Parsed.Bad(Parsed.With("tool_choice", $"\"{new string('é', 5_000)}\""));
        Assert.InRange(error.Message.Length, 50, 300);
        Assert.DoesNotContain('\uFFFD', error.Message);
    }

    private static TheoryData<string, string> Rows(bool good)
    {
        var data = new TheoryData<string, string>();
        foreach (var (field, values) in Table)
            foreach (var value in good ? values.Good : values.Bad) data.Add(field, value);
        return data;
    }

    private static string BodyWith(string field, string value) => field switch
    {
        "model" => $"{{\"model\":{value},\"messages\":[{{\"role\":\"user\"}}]}}",
        "messages" => $"{{\"model\":\"m\",\"messages\":{value}}}",
        _ => Parsed.With(field, value),
    };
}
