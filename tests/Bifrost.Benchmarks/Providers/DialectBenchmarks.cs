using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Splice;
using Bifrost.Providers.Anthropic;
using Bifrost.Providers.Exchanges;

namespace Bifrost.Benchmarks.Providers;

/// <summary>What a call costs more where its bytes are written anew: request and answer once a call, a chunk for each event of a stream.</summary>
[MemoryDiagnoser]
public class DialectBenchmarks
{
    private const string Schema = """{"type":"object","properties":{"q":{"type":"string"}}}}}""";

    private static readonly byte[] s_chunk =
        """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":"of the"},"finish_reason":null}]}"""u8.ToArray();

    private static readonly byte[] s_event = """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"of the"}}"""u8.ToArray();

    private readonly ClaudeModel _model = ClaudeModels.Find("claude-haiku-4-5");
    private readonly Provider _provider = new() { Name = "anthropic", BaseUrl = new Uri("https://example.com") };
    private readonly StreamMap _stream = new(1, 1_000_000);
    private ProviderCall _call = null!;
    private byte[] _answer = [];

    /// <summary>Turns of the conversation, about 500 bytes each; those above one come with twenty tools of a kilobyte.</summary>
    [Params(1, 40)]
    public int Turns { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var text = string.Join(' ', Enumerable.Repeat("budget lease holds credit of the team", 13));
        var messages = string.Join(',', Enumerable.Range(0, Turns).Select(i => $$"""{"role":"{{(i % 2 == 0 ? "user" : "assistant")}}","content":"{{text}}"}"""));
        var tools = Turns == 1 ? "" : ",\"tools\":[" + string.Join(',', Enumerable.Range(0, 20).Select(i =>
            $$"""{"type":"function","function":{"name":"tool_{{i}}","description":"{{text}}{{text}}","parameters":""" + Schema)) + "]";
        _call = new ProviderCall
        {
            AttemptId = Guid.Empty,
            Model = "claude-haiku-4-5",
            Stream = true,
            Body = Encoding.UTF8.GetBytes($$"""{"model":"anthropic/claude-haiku-4-5","stream":true,"messages":[{{messages}},{"role":"user","content":"and?"}]{{tools}}}"""),
            Edits = [],
            RemainingMs = 1_000,
        };
        _answer = Encoding.UTF8.GetBytes($$$"""{"id":"msg_1","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[{"type":"text","text":"{{{text}}}"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":12,"cache_read_input_tokens":0,"cache_creation_input_tokens":0,"output_tokens":90}}""");
    }

    [Benchmark]
    public int Request() => RequestMap.Write(_call, _model, samples: true, new MapFindings(_provider)).Length;

    [Benchmark]
    public bool Answer() => AnswerMap.TryWrite(new ArrayBufferWriter<byte>(_answer.Length + 512), _answer, 1);

    /// <summary>As for each event of Anthropic's stream: mapped, and scanned as every chunk is.</summary>
    [Benchmark]
    public bool Chunk()
    {
        _stream.Map(s_event);
        return CompletionScanner.TryScan(_stream.Chunk.Span, out _);
    }

    /// <summary>As for each event of an OpenAI-style stream.</summary>
    [Benchmark]
    public bool ChunkAsItIs() => CompletionScanner.TryScan(s_chunk, out _);
}
