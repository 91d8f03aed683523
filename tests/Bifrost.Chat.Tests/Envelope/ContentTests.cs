using System.Text;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Tokens;
using CsCheck;

namespace Bifrost.Chat.Tests.Envelope;

/// <summary>What a request sends is counted whole, and what is not understood counts as what is dearer.</summary>
public sealed class ContentTests
{
    private const string Inline = "data:image/png;base64,AAAABBBBCCCC";

    [Theory]
    [InlineData("\"functions\":[{\"name\":\"f\",\"description\":\"PADDING\"}]")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"PADDING\"}}]")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"description\":\"PADDING\"}}")]
    public void Schemas_count_wherever_they_stand(string field)
    {
        var content = Of(field.Replace("PADDING", new string('x', 5_000), StringComparison.Ordinal));

        Assert.InRange(content.SchemaBytes, 5_000, 5_200);
        Assert.Empty(content.OtherFields);
    }

    [Fact]
    public void Every_byte_that_is_no_schema_and_no_image_counts_as_text()
    {
        foreach (var extra in new[] { "\"unknown\":\"xyz\"", "\"metadata\":{\"a\":[1,2,{}]}", "\"messages2\":[]", "   \"user\" :  \"u\"" })
        {
            var envelope = Parsed.Good($"{{{Parsed.Head},{extra}}}");
            Assert.Equal(envelope.Body.Length, envelope.Content.TextBytes);
        }
    }

    [Fact]
    public void Calls_of_tools_in_messages_are_schemas()
    {
        var content = OfMessages("{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"1\",\"function\":{\"arguments\":\"{}\"}}]}");

        Assert.InRange(content.SchemaBytes, 40, 60);
    }

    [Fact]
    public void An_inline_image_counts_as_an_image_and_its_bytes_as_nothing()
    {
        var content = OfPart($"{{\"type\":\"image_url\",\"image_url\":{{\"url\":\"{Inline}\"}}}}", out var length);

        Assert.Equal((1, 0, length - Inline.Length), (content.Images, content.UnsizedParts, content.TextBytes));
    }

    [Fact]
    public void An_image_behind_an_address_counts_as_an_image()
    {
        var content = OfPart("{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y.png\"}}", out var length);

        Assert.Equal((1, 0, length), (content.Images, content.UnsizedParts, content.TextBytes));
    }

    [Theory]
    [InlineData("\"type\":\"image_url\",\"type\":\"text\"", 1, 0)]
    [InlineData("\"type\":\"text\",\"Type\":\"image_url\"", 1, 0)]
    [InlineData("\"type\":\"text\"", 1, 0)]
    [InlineData("\"type\":\"image_url\",\"type\":\"input_audio\"", 1, 1)]
    [InlineData("\"x\":1", 1, 1)]
    public void A_part_that_says_two_things_hides_no_bytes(string types, int images, int unsized)
    {
        var content = OfPart($"{{{types},\"image_url\":{{\"url\":\"{Inline}\"}}}}", out var length);

        Assert.Equal((images, unsized, length), (content.Images, content.UnsizedParts, content.TextBytes));
    }

    [Theory]
    [InlineData("{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AA\",\"format\":\"mp3\"}}")]
    [InlineData("{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}}")]
    [InlineData("{\"type\":\"video_url\",\"video_url\":{\"url\":\"https://x\"}}")]
    [InlineData("{\"type\":\"TEXT\",\"text\":\"x\"}")]
    [InlineData("{\"type\":7}")]
    public void What_has_no_size_of_its_own_is_counted_apart(string part) => Assert.Equal(1, OfPart(part, out _).UnsizedParts);

    [Fact]
    public void Content_under_another_case_of_its_name_is_content() =>
        Assert.Equal(1, OfMessages("{\"role\":\"user\",\"content\":\"x\",\"Content\":[{\"type\":\"input_audio\"}]}").UnsizedParts);

    [Fact]
    public void Audio_of_an_earlier_answer_has_no_size() =>
        Assert.Equal(1, OfMessages("{\"role\":\"assistant\",\"audio\":{\"id\":\"a\"}}").UnsizedParts);

    [Theory]
    [InlineData("\"images\":[\"http://a\"]", 1, "")]
    [InlineData("\"Images\":[\"http://a\"]", 1, "")]
    [InlineData("\"images\":[]", 0, "")]
    [InlineData("\"file_ids\":[\"file-abc\"]", 0, "messages.file_ids")]
    [InlineData("\"file_ids\":null", 0, "")]
    [InlineData("\"documents\":[{\"url\":\"http://a\"}]", 0, "messages.documents")]
    [InlineData("\"attachments\":[{\"id\":\"a\"}]", 0, "messages.attachments")]
    [InlineData("\"att\\u0061chments\":[{\"id\":\"a\"}]", 0, "messages.attachments")]
    [InlineData("\"annotations\":[{\"type\":\"file\",\"file\":{\"hash\":\"a\"}}]", 1, "")]
    [InlineData("\"annotations\":[{\"type\":\"url_citation\",\"url_citation\":{\"url\":\"http://a\",\"title\":\"t\"}}]", 0, "")]
    [InlineData("\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"t\",\"signature\":\"s\",\"index\":0}]", 0, "")]
    [InlineData("\"reasoning_details\":[{\"type\":\"x\",\"image_url\":{\"url\":\"http://a\"}}]", 1, "")]
    [InlineData("\"refusal\":null,\"function_call\":null,\"audio\":null,\"annotations\":[],\"tool_calls\":null,\"reasoning_content\":\"r\"", 0, "")]
    [InlineData("\"provider_specific_fields\":{\"a\":1},\"thinking_blocks\":[{\"type\":\"thinking\",\"thinking\":\"t\",\"signature\":\"s\"}]", 0, "")]
    public void Files_beside_the_content_of_a_message_are_not_held_as_their_bytes(string members, int unsized, string named)
    {
        var content = OfMessages($"{{\"role\":\"assistant\",\"content\":\"hi\",{members}}}");

        Assert.Equal((unsized, named), (content.UnsizedParts, string.Join(',', content.OtherFields)));
    }

    [Theory]
    [InlineData("\"type\":\"text\",\"text\":\"hi\",\"file\":{\"file_id\":\"a\"}", 0, 1, "")]
    [InlineData("\"type\":\"text\",\"source\":{\"type\":\"url\",\"url\":\"a\"}", 0, 1, "")]
    [InlineData("\"type\":\"text\",\"text\":\"hi\",\"image_url\":null,\"cache_control\":{\"type\":\"ephemeral\"}", 0, 0, "")]
    [InlineData("\"type\":\"text\",\"text\":\"hi\",\"extra\":1", 0, 0, "content.extra")]
    [InlineData("\"type\":\"image_url\",\"image_urls\":[\"http://a\",\"http://b\"]", 1, 0, "content.image_urls")]
    [InlineData("\"type\":\"image_url\",\"image_url\":[\"http://a\",\"http://b\"]", 1, 1, "")]
    [InlineData("\"type\":\"image_url\",\"image_url\":{\"url\":[\"http://a\",\"http://b\"]}", 1, 2, "")]
    [InlineData("\"type\":\"image_url\",\"image_url\":{\"url\":\"data:application/pdf;base64,AAAA\"}", 1, 1, "")]
    [InlineData("\"type\":\"image_url\",\"image_url\":{\"url\":\"data:video/mp4;base64,AAAA\"}", 1, 1, "")]
    [InlineData("\"type\":\"image_url\",\"image_url\":{\"url\":\"http://a/b.mp4\"}", 1, 1, "")]
    [InlineData("\"type\":\"image_url\",\"image_url\":{\"url\":\"file-abc\"}", 1, 1, "")]
    [InlineData("\"type\":\"image_url\",\"image_url\":{\"url\":\"https:\\/\\/a\\/b.png\",\"detail\":\"high\"}", 1, 0, "")]
    [InlineData("\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image\\/png;base64,AAAA\"}", 1, 0, "")]
    [InlineData("\"type\":\"thinking\",\"thinking\":[{\"type\":\"image_url\",\"image_url\":\"http://a\"}]", 1, 0, "")]
    public void A_part_counts_all_that_it_has_whatever_its_type_says(string members, int images, int unsized, string named)
    {
        var content = OfPart($"{{{members}}}", out _);

        Assert.Equal((images, unsized, named), (content.Images, content.UnsizedParts, string.Join(',', content.OtherFields)));
    }

    [Fact]
    public void Parts_in_a_list_of_their_own_hide_nothing() =>
        Assert.Equal(1, OfPart("[{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://a\"}}]", out _).UnsizedParts);

    /// <summary>Honest tools are full of references: they are neither refused nor held at the window, and every byte of them counts.</summary>
    [Theory]
    [InlineData("tools", "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"$defs\":{\"b\":{}}}}}]", 6)]
    [InlineData("response_format", "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{\"$ref\":\"#/b\"}}}", 3)]
    public void Schemas_that_refer_to_others_count_as_they_stand(string field, string schema, int depth)
    {
        var content = Of($"\"{field}\":{schema}");

        Assert.Equal((schema.Length, depth), (content.SchemaBytes, content.SchemaDepth));
        Assert.Equal(0, content.UnsizedParts);
        Assert.Empty(content.OtherFields);
    }

    [Theory]
    [InlineData("\"m\\u006fdels\":[\"x\"]", "models")]
    [InlineData("\"naïve\":1", "naïve…")]
    public void Names_are_shown_as_they_were_sent(string field, string name) => Assert.Equal([name], Of(field).OtherFields);

    [Fact]
    public void An_empty_service_tier_is_shown_as_it_was_sent() => Assert.Equal("", Of("\"service_tier\":\"\"").ServiceTier);

    [Fact]
    public void Fields_beyond_the_table_and_tools_that_are_no_functions_are_named()
    {
        var content = Of("\"web_search_options\":{},\"models\":[\"a\"],\"off\":null,\"tools\":[{\"type\":\"web_search\"},{\"Type\":\"mcp\"},{}]");

        Assert.Equal(["models", "tools.mcp", "tools.untyped", "tools.web_search", "web_search_options"], content.OtherFields);
    }

    [Fact]
    public void Very_many_names_are_cut_to_one_that_no_list_allows()
    {
        var content = Of(string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"f{i}\":1")));

        Assert.Equal(RequestContent.OtherFieldsMax, content.OtherFields.Length);
        Assert.Contains("…", content.OtherFields);
    }

    [Theory]
    [InlineData("\"n\":2,\"best_of\":5", 5)]
    [InlineData("\"best_of\":5,\"n\":2", 5)]
    [InlineData("\"n\":3", 3)]
    public void Choices_are_the_larger_of_both(string fields, int choices) => Assert.Equal(choices, Parsed.Good($"{{{Parsed.Head},{fields}}}").Choices);

    [Fact]
    public void Schemas_know_how_deep_they_are()
    {
        var nested = string.Concat(Enumerable.Repeat("{\"a\":", 20)) + "1" + new string('}', 20);

        Assert.InRange(Of($"\"response_format\":{nested}").SchemaDepth, 20, 21);
        Assert.InRange(Of($"\"tools\":[{{\"type\":\"function\",\"function\":{nested}}}]").SchemaDepth, 21, 23);
        Assert.InRange(Of($"\"functions\":[{nested}]").SchemaDepth, 21, 22);
    }

    [Fact]
    public void Thinking_budgets_and_tiers_are_read()
    {
        var content = Of("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":9000},\"service_tier\":\"priority\",\"prediction\":{\"content\":\"abc\"}");

        Assert.Equal((9_000, "priority", 17), (content.ThinkingTokens, content.ServiceTier, content.PredictionBytes));
    }

    [Fact]
    public void Tokens_are_those_of_the_strings_with_their_escapes_undone()
    {
        var plain = Count("hello world");
        var escaped = Count("\\u0068\\u0065llo world");

        Assert.Equal(plain.Text, escaped.Text);
        Assert.InRange(plain.Text, 2, 40);
    }

    [Theory]
    [InlineData("o200k_base")]
    [InlineData("~o200k_base")]
    [InlineData("cl100k_base")]
    public void No_text_has_fewer_tokens_than_a_tenth_of_its_letters_and_none_more_than_bytes(string tokenizer)
    {
        Gen.String[Gen.Char.AlphaNumeric, 0, 3_000].Sample(
            text =>
            {
                var body = Encoding.UTF8.GetBytes($"{{\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}}]}}");
                var tokens = RequestTokens.Count(body, tokenizer)!.Text;
                Assert.InRange(tokens, text.Length / 10, (body.Length * 13 / 10) + 1);
            },
            iter: 50);
    }

    [Fact]
    public void Names_of_special_tokens_are_text()
    {
        var once = Count("<|endoftext|>").Text - Count("").Text;

        Assert.True(once >= 4, $"<|endoftext|> counts as {once} tokens");
    }

    [Fact]
    public void One_long_piece_counts_by_its_bytes() => Assert.InRange(Count(new string('a', 50_000)).Text, 50_000, 50_100);

    [Fact]
    public void An_unknown_tokenizer_counts_nothing() => Assert.Null(RequestTokens.Count("{}"u8, "llama"));

    private static CountedTokens Count(string text) =>
        RequestTokens.Count(Encoding.UTF8.GetBytes($"{{\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}}]}}"), "o200k_base")!;

    private static RequestContent Of(string fields) => Parsed.Good($"{{{Parsed.Head},{fields}}}").Content;

    private static RequestContent OfMessages(string message) => Parsed.Good($"{{\"model\":\"m\",\"messages\":[{message}]}}").Content;

    private static RequestContent OfPart(string part, out int bodyLength)
    {
        var envelope = Parsed.Good($"{{\"model\":\"m\",\"messages\":[{{\"role\":\"user\",\"content\":[{part}]}}]}}");
        bodyLength = envelope.Body.Length;
        return envelope.Content;
    }
}
