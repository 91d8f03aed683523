using Bifrost.Chat.Envelope;
using Bifrost.Chat.Tests.Envelope;

namespace Bifrost.Chat.Tests.Json;

public sealed class FieldNameTests
{
    public static TheoryData<string> Fields()
    {
        var data = new TheoryData<string>();
        foreach (var rule in ChatFields.Rules) data.Add(rule.Name);
        return data;
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void Refuses_a_field_that_stands_twice(string field)
    {
        var error = Parsed.Bad($"{{{Parsed.Head},\"{field}\":null,\"{field}\":null}}");
        Assert.Equal(field, error.Param);
        Assert.Contains("twice", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void Refuses_the_second_one_written_with_an_escape(string field)
    {
        var error = Parsed.Bad($"{{{Parsed.Head},\"{field}\":null,\"{Escaped(field, 0)}\":null}}");
        Assert.Equal(field, error.Param);
        Assert.Contains("twice", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void Refuses_a_name_that_differs_only_in_case(string field)
    {
        foreach (var variant in new[] { field.ToUpperInvariant(), char.ToUpperInvariant(field[0]) + field[1..], Escaped(field.ToUpperInvariant(), 0) })
        {
            var error = Parsed.Bad($"{{{Parsed.Head},\"{variant}\":null}}");
            Assert.Equal(field, error.Param);
            Assert.Contains("case", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\u017Ftream", "stream")]
    [InlineData("\\u017ftream", "stream")]
    [InlineData("fallbac\u212As", "fallbacks")]
    [InlineData("max_to\\u212aens", "max_tokens")]
    [InlineData("servıce_tier", "service_tier")]
    public void Refuses_letters_that_lenient_parsers_take_for_others(string name, string field) =>
        Assert.Equal(field, Parsed.Bad($"{{{Parsed.Head},\"{name}\":null}}").Param);

    [Theory]
    [MemberData(nameof(Fields))]
    public void Reads_a_name_written_with_escapes_as_the_field(string field)
    {
        if (field is "model" or "messages") return;
        var error = Parsed.Bad($"{{{Parsed.Head},\"{Escaped(field, field.Length - 1)}\":[[]],\"x\":1}}");
        Assert.StartsWith(field, error.Param, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaves_names_alone_that_nobody_knows()
    {
        var body = $"{{{Parsed.Head},\"metadata\":{{\"model\":1,\"Model\":2}},\"x\":1,\"x\":2,\"streams\":3,\"\":4,\"\\ud800\":5,\"modéle\":6,\"{new string('m', 900)}\":7}}";
        Assert.Equal(body, System.Text.Encoding.UTF8.GetString(Parsed.Good(body).Body.Span));
    }

    private static string Escaped(string name, int at) => $"{name[..at]}\\u{(int)name[at]:x4}{name[(at + 1)..]}";
}
