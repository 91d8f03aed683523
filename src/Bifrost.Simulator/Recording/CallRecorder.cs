using System.Text;
using Bifrost.Simulator.Billing;

namespace Bifrost.Simulator.Recording;

/// <summary>Keeps what the last calls brought, headers and body, so that tests can see what a gateway sent. Bounded by count and by bytes.</summary>
internal sealed class CallRecorder(int callsMax, long bytesMax)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<RecordedCall> _calls = new();
    private long _bytes;

    public void Record(HttpRequest request, BillLine line, ReadOnlySpan<byte> body)
    {
        var headers = request.Headers.Select(header => KeyValuePair.Create(header.Key, header.Value.ToArray())).ToArray();
        var call = new RecordedCall(line.RequestId, request.Method, request.Path + request.QueryString, headers, Encoding.UTF8.GetString(body), body.Length);
        lock (_gate)
        {
            _calls.AddLast(call);
            _bytes += call.BodyBytes;
            while (_calls.Count > callsMax || _bytes > bytesMax)
            {
                _bytes -= _calls.First!.Value.BodyBytes;
                _calls.RemoveFirst();
            }
        }
    }

    /// <summary>Oldest first.</summary>
    public RecordedCall[] All()
    {
        lock (_gate) return [.. _calls];
    }

    /// <summary>The newest call with that id, or null.</summary>
    public RecordedCall? Find(string requestId)
    {
        lock (_gate)
        {
            for (var node = _calls.Last; node is not null; node = node.Previous)
                if (node.Value.RequestId == requestId) return node.Value;
        }
        return null;
    }
}
