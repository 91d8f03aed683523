using System.Text;

namespace Bifrost.Benchmarks.Chat;

/// <summary>Bodies of the size that the wire is measured with.</summary>
internal static class Payloads
{
    /// <summary>A streamed request of 1 KB with a system prompt, a question and a few settings.</summary>
    public static readonly byte[] Request = Encoding.UTF8.GetBytes(
        "{\"model\":\"openai/gpt-4o-mini\",\"messages\":[{\"role\":\"system\",\"content\":\"" + Text(400) +
        "\"},{\"role\":\"user\",\"content\":\"" + Text(350) +
        "\"}],\"temperature\":0.7,\"max_completion_tokens\":512,\"top_p\":1,\"stream\":true,\"user\":\"u-1\",\"fallbacks\":[\"azure/gpt-4o-mini\"]}");

    /// <summary>A whole answer of 1 KB.</summary>
    public static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        "{\"id\":\"chatcmpl-9xA\",\"object\":\"chat.completion\",\"created\":1767225600,\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0," +
        "\"message\":{\"role\":\"assistant\",\"content\":\"" + Text(430) + "\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"stop\"}]," +
        "\"usage\":{\"prompt_tokens\":190,\"completion_tokens\":110,\"total_tokens\":300,\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0}," +
        "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}," +
        "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_44709d6fcb\"}");

    /// <summary>One content chunk of a stream.</summary>
    public static readonly byte[] Chunk = Encoding.UTF8.GetBytes(
        "{\"id\":\"chatcmpl-9xA\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":\"gpt-4o-mini-2024-07-18\",\"service_tier\":\"default\"," +
        "\"system_fingerprint\":\"fp_44709d6fcb\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" gateway\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}");

    private static string Text(int length) => string.Concat(Enumerable.Repeat("one call, one hold, one entry; ", length / 31 + 1))[..length];
}
