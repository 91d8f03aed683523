using System.Globalization;
using Bifrost.Simulator.Answers;

namespace Bifrost.Simulator.Http;

/// <summary>Headers that providers send beside an answer.</summary>
internal static class AnswerHeaders
{
    public static void Add(HttpResponse response, Answer answer, TimeSpan took)
    {
        var headers = response.Headers;
        headers["x-request-id"] = "req_" + answer.IdStem;
        headers["openai-processing-ms"] = ((long)took.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        if (!answer.Script.NoisyHeaders) return;
        headers.SetCookie = "session=simulated; Path=/";
        headers.Server = "simulator";
        headers["openai-organization"] = "org-simulated";
        headers["x-ratelimit-limit-requests"] = "10000";
        headers["x-ratelimit-remaining-requests"] = "9999";
        headers["x-ratelimit-reset-requests"] = "6ms";
    }
}
