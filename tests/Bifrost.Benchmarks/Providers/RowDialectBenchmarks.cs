using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Splice;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.OpenAi;
using Answers = Bifrost.Providers.Responses.AnswerMap;
using Requests = Bifrost.Providers.Responses.RequestMap;
using Streams = Bifrost.Providers.Responses.StreamMap;

namespace Bifrost.Benchmarks.Providers;

/// <summary>What OpenAI's responses cost, and rows of OpenAI-style providers that differ: the request once a call, a chunk for each event.</summary>
[MemoryDiagnoser]
public class RowDialectBenchmarks
{
    private static readonly byte[] s_event = """{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"of the"}"""u8.ToArray();

    private static readonly byte[] s_mistral =
        """{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"of the"},"finish_reason":null}]}"""u8.ToArray();

    private static readonly byte[] s_mistralThinking =
        """{"id":"1","choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"of the"}]}]},"finish_reason":null}]}"""u8.ToArray();

    private static readonly byte[] s_answer =
        """{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-6.2-sol","output":[{"id":"m","type":"message","role":"assistant","content":[{"type":"output_text","text":"budget lease holds credit of the team","annotations":[]}]}],"usage":{"input_tokens":12,"output_tokens":90,"total_tokens":102}}"""u8.ToArray();

    private readonly Provider _provider = new() { Name = "mistral", BaseUrl = new Uri("https://example.com") };
    private readonly ChoiceMap _choices = new(OpenAiProfiles.Find("mistral").Answer!);
    private readonly Streams _stream = new();
    private ProviderCall _call = null!;

    [Params(1, 40)]
    public int Turns { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var text = string.Join(' ', Enumerable.Repeat("budget lease holds credit of the team", 13));
        var messages = string.Join(',', Enumerable.Range(0, Turns).Select(i => $$"""{"role":"{{(i % 2 == 0 ? "user" : "assistant")}}","content":"{{text}}"}"""));
        _call = new ProviderCall
        {
            AttemptId = Guid.Empty,
            Model = "m",
            Stream = true,
            Body = Encoding.UTF8.GetBytes($$"""{"model":"m","stream":true,"messages":[{{messages}},{"role":"user","content":"and?"}]}"""),
            Edits = [],
            RemainingMs = 1_000,
        };
    }

    [Benchmark]
    public int ResponsesRequest() => Requests.Write(_call, new MapFindings(_provider)).Length;

    [Benchmark]
    public bool ResponsesAnswer() => Answers.TryWrite(new ArrayBufferWriter<byte>(s_answer.Length + 512), s_answer);

    [Benchmark]
    public bool ResponsesChunk()
    {
        _stream.Map(s_event);
        return CompletionScanner.TryScan(_stream.Chunk.Span, out _);
    }

    /// <summary>A request that needs no change: it is looked through, and goes up as it is.</summary>
    [Benchmark]
    public int RowRequest() => RequestMap.Write(_call, OpenAiProfiles.Find("mistral").Request!, new MapFindings(_provider)).Length;

    [Benchmark]
    public bool RowChunk() => _choices.TryWrite(s_mistral, out _);

    [Benchmark]
    public bool RowChunkOfThinking() => _choices.TryWrite(s_mistralThinking, out _);
}
