using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Recording;

namespace Bifrost.Simulator.Http;

/// <summary>Finds who answers a path. A switch, since the simulator must not be what a benchmark measures.</summary>
/// <param name="chat">Answers chat completions.</param>
/// <param name="messages">Answers Anthropic's messages.</param>
/// <param name="generate">Answers requests for generated content, whose paths hold <see cref="Models"/>.</param>
/// <param name="responses">Answers OpenAI's responses.</param>
/// <param name="bill">The bill.</param>
/// <param name="recorder">What was received; null: nothing is kept.</param>
internal sealed class Router(
    ChatHandler chat, RequestDelegate messages, RequestDelegate generate, RequestDelegate responses, Bill bill, CallRecorder? recorder)
{
    /// <summary>What stands before the names of Gemini's models, behind a version.</summary>
    public const string Models = "/models/";

    /// <summary>What the paths of the same models in Google's cloud begin with.</summary>
    public const string Cloud = "/v1beta1/";

    private const string Calls = "/calls";

    public Task RouteAsync(HttpContext context)
    {
        var method = context.Request.Method;
        var path = context.Request.Path.Value ?? "/";
        if (HttpMethods.IsPost(method))
        {
            if (path is "/v1/chat/completions" or "/chat/completions") return chat.HandleAsync(context);
            if (path == "/v1/messages") return messages(context);
            if (path.StartsWith("/v1beta" + Models, StringComparison.Ordinal) || path.StartsWith("/v1" + Models, StringComparison.Ordinal)
                || path.StartsWith(Cloud, StringComparison.Ordinal)) return generate(context);
            if (path is "/v1/responses" or "/as/openai/v1/responses") return responses(context);
            if (FamilyGate.IsOf(path)) return FamilyGate.HandleAsync(context, chat);
            if (AzureGate.IsOf(path)) return AzureGate.HandleAsync(context, chat);
            if (path == "/bill/reset") return ResetAsync(context);
        }
        else if (HttpMethods.IsGet(method))
        {
            if (path == "/health") return Pages.HealthAsync(context);
            if (path == "/bill") return Pages.BillAsync(context, bill);
            if (path is "/v1/models" or "/models") return Pages.ModelsAsync(context);
            if (recorder is not null && path == Calls) return Pages.CallsAsync(context, recorder.All());
            if (recorder is not null && path.StartsWith(Calls + "/", StringComparison.Ordinal))
                return Pages.CallAsync(context, recorder.Find(path[(Calls.Length + 1)..]));
        }
        return Pages.NotFoundAsync(context);
    }

    private Task ResetAsync(HttpContext context)
    {
        bill.Reset();
        return Pages.HealthAsync(context);
    }
}
