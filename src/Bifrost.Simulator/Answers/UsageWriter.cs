using System.Text.Json;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Answers;

/// <summary>Writes the <c>usage</c> object.</summary>
internal static class UsageWriter
{
    private const int CitationTokens = 40;
    private const int SearchQueries = 2;

    /// <param name="json">Where to.</param>
    /// <param name="answer">What is counted.</param>
    /// <param name="completion">Completion tokens so far; the answer's own at its end.</param>
    public static void Write(Utf8JsonWriter json, Answer answer, int completion)
    {
        var usage = answer.Usage;
        json.WriteStartObject("usage"u8);
        if (answer.Script.Form != UsageForm.Plain)
        {
            WriteInForm(json, answer.Script.Form, usage.Prompt, completion);
            json.WriteEndObject();
            return;
        }

        json.WriteNumber("prompt_tokens"u8, usage.Prompt);
        json.WriteNumber("completion_tokens"u8, completion);
        json.WriteNumber("total_tokens"u8, usage.Prompt + completion);
        json.WriteStartObject("prompt_tokens_details"u8);
        if (answer.Script.Rich)
        {
            json.WriteNumber("text_tokens"u8, usage.Prompt);
            json.WriteNumber("image_tokens"u8, 0);
            json.WriteNumber("cached_write_tokens"u8, 0);
        }
        json.WriteNumber("cached_tokens"u8, usage.Cached);
        json.WriteNumber("audio_tokens"u8, 0);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, Math.Min(usage.Reasoning, completion));
        json.WriteNumber("audio_tokens"u8, 0);
        json.WriteNumber("accepted_prediction_tokens"u8, 0);
        json.WriteNumber("rejected_prediction_tokens"u8, 0);
        if (answer.Script.Rich)
        {
            json.WriteNumber("citation_tokens"u8, CitationTokens);
            json.WriteNumber("num_search_queries"u8, SearchQueries);
        }
        json.WriteEndObject();
        if (answer.Script.Citations) WriteSearch(json, usage.Prompt, completion);
        json.WriteEndObject();
    }

    /// <summary>A usage of three numbers, worded otherwise or not true.</summary>
    private static void WriteInForm(Utf8JsonWriter json, UsageForm form, int prompt, int completion)
    {
        switch (form)
        {
            case UsageForm.OtherNames:
                json.WriteNumber("input_tokens"u8, prompt);
                json.WriteNumber("output_tokens"u8, completion);
                break;
            case UsageForm.TotalOnly:
                json.WriteNumber("total_tokens"u8, prompt + completion);
                break;
            case UsageForm.Texts:
                Write("\"" + prompt + "\"", "\"" + completion + "\"", "\"" + (prompt + completion) + "\"");
                break;
            case UsageForm.Negative:
                Write("-" + prompt, "-" + completion, "-" + (prompt + completion));
                break;
            case UsageForm.Huge:
                Write("1e300", "1e300", "1e300");
                break;
            default:
                Write("0", "0", "0");
                break;
        }

        void Write(string first, string second, string sum)
        {
            json.WritePropertyName("prompt_tokens"u8);
            json.WriteRawValue(first);
            json.WritePropertyName("completion_tokens"u8);
            json.WriteRawValue(second);
            json.WritePropertyName("total_tokens"u8);
            json.WriteRawValue(sum);
        }
    }

    /// <summary>Search-backed upstreams count these beside the tokens and state their own cost, in USD.</summary>
    private static void WriteSearch(Utf8JsonWriter json, int prompt, int completion)
    {
        const decimal perToken = 0.000001m;
        const decimal perRequest = 0.005m;
        json.WriteNumber("citation_tokens"u8, CitationTokens);
        json.WriteNumber("num_search_queries"u8, SearchQueries);
        json.WriteString("search_context_size"u8, "low"u8);
        json.WriteStartObject("cost"u8);
        json.WriteNumber("input_tokens_cost"u8, prompt * perToken);
        json.WriteNumber("output_tokens_cost"u8, completion * perToken);
        json.WriteNumber("request_cost"u8, perRequest);
        json.WriteNumber("total_cost"u8, (prompt + completion) * perToken + perRequest);
        json.WriteEndObject();
    }
}
