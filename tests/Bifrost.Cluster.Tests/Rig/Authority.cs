using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bifrost.Cluster.Tests.Rig;

/// <summary>A certificate authority with one certificate of its own making, as PEM files in a folder.</summary>
internal sealed class Authority : IDisposable
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _own;

    public Authority(string folder, string name)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _own = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        AuthorityFile = Write("authority", _own.ExportCertificatePem());
        using var key = RSA.Create(2048);
        var issued = Issue(key, TimeProvider.System.GetUtcNow().AddHours(12));
        CertificateFile = Write("certificate", issued.ExportCertificatePem());
        KeyFile = Write("key", key.ExportPkcs8PrivateKeyPem());

        string Write(string what, string pem)
        {
            var file = Path.Combine(folder, $"{name}-{what}.pem");
            File.WriteAllText(file, pem);
            return file;
        }
    }

    public string AuthorityFile { get; }

    public string CertificateFile { get; }

    public string KeyFile { get; }

    public X509Certificate2 Issue(RSA key, DateTimeOffset until)
    {
        var request = new CertificateRequest("CN=silo", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.Create(_own, TimeProvider.System.GetUtcNow().AddHours(-12), until, [1, 2, 3, 4]);
    }

    public void Dispose()
    {
        _own.Dispose();
        _key.Dispose();
    }
}
