using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;

namespace Bifrost.Server.Silo;

/// <summary>
/// TLS on a silo's ports, for both ends of each connection: whoever has a certificate of the authority is a member. So the authority issues
/// certificates for this cluster alone.
/// </summary>
internal sealed class SiloTls
{
    // Names are not checked, and none has to be in the certificates; the handshake needs one all the same.
    private const string AnyName = "bifrost-silo";

    private readonly X509Certificate2 _own;
    private readonly X509Certificate2Collection _authorities = [];

    /// <param name="certificateFile">PEM of the own certificate, and of those between it and the authority.</param>
    /// <param name="keyFile">PEM of its private key.</param>
    /// <param name="authorityFile">PEM of the authority's certificate; several while one replaces another.</param>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file holds something else.</exception>
    public SiloTls(string certificateFile, string keyFile, string authorityFile)
    {
        _own = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        _authorities.ImportFromPemFile(authorityFile);
    }

    /// <summary>Applies it to a silo's or a client's connections.</summary>
    public void Apply(TlsOptions options)
    {
        options.LocalCertificate = _own;
        options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.RemoteCertificateValidation = (certificate, _, _) => IsMember(certificate);
        options.OnAuthenticateAsClient = static (_, client) => client.TargetHost = AnyName;
    }

    /// <summary>Whether the authority issued it and its time runs.</summary>
    internal bool IsMember(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
