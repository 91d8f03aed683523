using System.Reflection;
using System.Text;

namespace Bifrost.Providers.Tests.Shared;

/// <summary>
/// What each dialect carries over, and the test that shows it: the table of docs/providers.md is written by it. A dialect whose cell is missing shows a dash.
/// </summary>
internal static class FeatureList
{
    /// <summary>Dialects in the order of the table's columns; each has its tests in a folder of that name.</summary>
    public static readonly (string Dialect, string Folder)[] Dialects = [("openai", "OpenAi"), ("azure", "Azure"), ("anthropic", "Anthropic"), ("responses", "Responses")];

    private const string Yes = "yes", Mapped = "mapped", Refused = "400", Kept = "as it stands";

    /// <summary>Each row: the feature, then dialect, what becomes of it, and its test.</summary>
    public static readonly (string Feature, (string Dialect, string Verdict, string Test)[] Cells)[] Rows =
    [
        ("`system`, `developer`", [OpenAi(), Azure(), ("anthropic", Mapped, "RequestTests.Instructions_and_turns"), Responses(Yes, "A_conversation_becomes_items_in_their_order")]),
        ("images by data and address", [OpenAi(), Azure(), ("anthropic", Mapped, "RequestTests.Parts"), Responses(Mapped, "Parts_become_parts_of_input")]),
        ("files, PDF", [OpenAi(), Azure(), ("anthropic", Mapped, "RequestTests.Parts"), Responses(Mapped, "Parts_become_parts_of_input")]),
        ("audio in", [OpenAi(), Azure(), ("anthropic", Refused, "UnsupportedTests.What_cannot_be_left_out_is_refused_whatever_the_setting"), Responses(Mapped, "Parts_become_parts_of_input")]),
        ("tools, `strict`", [OpenAi(), Azure(), ("anthropic", Mapped, "RequestTests.Tools"), Responses(Mapped, "Tools_are_flat_and_say_whether_they_are_strict")]),
        ("`tool_choice`, `allowed_tools`", [OpenAi(), Azure(), ("anthropic", Mapped, "RequestTests.Choice_of_tools"), Responses(Mapped, "The_choice_of_a_tool_names_it")]),
        ("results of tools", [OpenAi(), Azure(), ("anthropic", Mapped, "RequestTests.Results_of_tools_come_first_in_one_turn"), Responses(Mapped, "Reasoning_goes_back_directly_before_what_it_led_to")]),
        ("`response_format` `json_schema`", [OpenAi(), Azure(), ("anthropic", Mapped, "RequestTests.An_answer_of_a_schema_is_bound_to_it"), Responses(Mapped, "The_form_of_the_answer_is_flat")]),
        ("`response_format` `json_object`", [OpenAi(), Azure(), ("anthropic", "asked for in words", "RequestTests.An_answer_of_any_JSON_is_asked_for_in_words"), Responses(Yes, "The_form_of_the_answer_is_flat")]),
        ("`stop`", [OpenAi(), Azure(), ("anthropic", Mapped, "RequestTests.Parameters"), Refuses("What_has_no_equivalent_is_refused_or_left_out_by_setting_and_told")]),
        ("`n` above 1, `seed`, penalties, `logit_bias`", [OpenAi(), Azure(), ("anthropic", Refused, "UnsupportedTests.Is_a_400_that_names_it_or_left_out_by_the_setting_and_told"), Refuses("What_has_no_equivalent_is_refused_or_left_out_by_setting_and_told")]),
        ("`logprobs`", [OpenAi(), Azure(), ("anthropic", Refused, "UnsupportedTests.Is_a_400_that_names_it_or_left_out_by_the_setting_and_told"), Responses(Mapped, "Parameters_keep_their_meaning")]),
        ("`reasoning_effort`", [OpenAi(), Azure(), ("anthropic", Mapped, "RequestTests.Effort_is_told_as_the_model_takes_it"), Responses(Mapped, "Parameters_keep_their_meaning")]),
        ("reasoning there and back", [("openai", "under the provider's name", "RowTests.Reasoning_goes_back_under_the_name_that_is_read"), Azure(), ("anthropic", Mapped, "RequestTests.Thinking_goes_back_byte_for_byte_before_the_call_it_led_to"), Responses(Mapped, "Reasoning_goes_back_directly_before_what_it_led_to")]),
        ("cache breakpoints", [OpenAi(), Azure(), ("anthropic", "the last four", "RequestTests.Of_many_cache_breakpoints_the_last_four_are_kept"), Responses(Yes, "Parts_become_parts_of_input")]),
        ("service tier", [OpenAi(), Azure(), ("anthropic", Mapped, "RequestTests.Parameters"), Responses(Yes, "What_admission_has_changed_is_sent")]),
        ("calls of tools in answers and streams", [("openai", Yes, "RowAnswerTests.Mistrals_calls_come_whole_without_index_and_type"), ("azure", Kept, "StreamTests.The_opening_without_choices_is_told_in_the_chunk_that_follows_wherever_the_stream_is_torn"), ("anthropic", Mapped, "AnswerTests.Every_block_has_its_place"), ("responses", Mapped, "AnswerTests.Plain_and_streamed_answers_say_the_same")]),
        ("citations", [OpenAi(), Azure(), ("anthropic", Mapped, "AnswerTests.Every_block_has_its_place"), ("responses", Mapped, "StreamTests.Citations_and_refusals_are_passed_on")]),
        ("refusals", [OpenAi(), Azure(), ("anthropic", Mapped, "StreamTests.A_refusal_is_a_filtered_answer_with_its_explanation"), ("responses", Mapped, "StreamTests.Citations_and_refusals_are_passed_on")]),
        ("verdicts of content filters", [("azure", Yes, "AnswerTests.What_filters_say_stays_in_the_answer_even_that_they_were_down")]),
        ("finish reasons", [("openai", Yes, "RowAnswerTests.Togethers_end_of_sequence_is_a_stop"), Azure(), ("anthropic", Mapped, "AnswerTests.Reasons"), ("responses", Mapped, "StreamTests.An_answer_that_is_cut_off_says_why")]),
        ("usage", [("openai", Yes, "RowAnswerTests.Of_xai_reasoning_is_output_on_top"), Azure(), ("anthropic", Mapped, "AnswerTests.Usage_costs_what_the_price_list_says"), ("responses", Mapped, "StreamTests.Reasoning_and_a_call_become_these_chunks_wherever_the_stream_is_torn")]),
        ("classes of errors", [("openai", Yes, "ErrorAnswerTests.Keeps_what_the_provider_said"), ("azure", Yes, "AnswerTests.Errors_keep_their_status_code_and_words"), ("anthropic", Yes, "AnswerTests.Errors_keep_their_words_and_have_their_class"), ("responses", Yes, "AnswerTests.Errors_keep_their_status")]),
        ("errors inside a 200", [("openai", Yes, "DressedErrorTests.In_the_middle_of_a_stream_ends_it_as_failed"), ("azure", Yes, "StreamTests.An_error_after_the_beginning_is_an_error"), ("anthropic", Yes, "StreamTests.An_error_in_the_middle_ends_the_stream_as_that_error"), ("responses", Yes, "StreamTests.An_error_is_told_once_and_before_any_content_it_is_a_failure")]),
        ("streams torn at every byte", [("azure", Yes, "StreamTests.The_opening_without_choices_is_told_in_the_chunk_that_follows_wherever_the_stream_is_torn"), ("anthropic", Yes, "StreamTests.Thinking_text_and_two_tools_become_these_chunks_wherever_the_stream_is_torn"), ("responses", Yes, "StreamTests.Reasoning_and_a_call_become_these_chunks_wherever_the_stream_is_torn")]),
        ("a stream without its end is an error", [("openai", Yes, "StreamTests.Never_takes_a_broken_stream_for_a_whole_one"), ("azure", Yes, "StreamTests.A_connection_that_closes_leaves_no_whole_answer"), ("anthropic", Yes, "StreamTests.A_stream_without_its_end_is_never_whole"), ("responses", Yes, "StreamTests.A_stream_without_its_end_is_never_whole")]),
        ("read by the provider's own client", [("anthropic", Yes, "OfficialClientTests.Reads_a_stream"), ("responses", Yes, "OfficialClientTests.Reads_a_stream")]),
    ];

    /// <summary>The table as it stands on the page.</summary>
    public static string Table()
    {
        var table = new StringBuilder("| |").AppendJoin('|', Dialects.Select(one => $" `{one.Dialect}` ")).Append("|\n|---|").AppendJoin('|', Dialects.Select(_ => "---")).Append("|\n");
        foreach (var (feature, cells) in Rows)
        {
            table.Append($"| {feature} |");
            foreach (var (dialect, _) in Dialects) table.Append($" {cells.FirstOrDefault(cell => cell.Dialect == dialect).Verdict ?? "–"} |");
            table.Append('\n');
        }

        return table.ToString();
    }

    /// <summary>The test that a cell names; null where there is none.</summary>
    public static MethodInfo? TestOf(string dialect, string test)
    {
        var folder = Dialects.Single(one => one.Dialect == dialect).Folder;
        var names = test.Split('.');
        var type = typeof(FeatureList).Assembly.GetType($"Bifrost.Providers.Tests.{folder}.{names[0]}");
        return type?.GetMethods().FirstOrDefault(method => method.Name == names[1] && method.GetCustomAttributes().Any(static one => one is FactAttribute));
    }

    private static (string, string, string) OpenAi() => ("openai", Kept, "RequestTests.Sends_the_callers_bytes_as_they_are");

    private static (string, string, string) Azure() => ("azure", Kept, "RequestTests.A_dated_version_names_the_deployment_in_its_path");

    private static (string, string, string) Responses(string verdict, string test) => ("responses", verdict, "RequestTests." + test);

    private static (string, string, string) Refuses(string test) => ("responses", Refused, "RequestTests." + test);
}
