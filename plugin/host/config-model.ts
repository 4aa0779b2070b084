import { Model, ModelFault } from '../core/model';
import { decodeBase64 } from './base64';
import { ConfigReader, plain } from './config-reader';

/** Reads a base64 model file; null, with the reason rejected, where it must not be used. */
export function readModel(reader: ConfigReader): Model | null {
  if (!reader.json.string()) {
    reader.reject('expected a base64 string');
    return null;
  }
  const at = reader.json.at;
  const length = decodeBase64(at, reader.json.length);
  if (length < 0) {
    reader.reject('not base64');
    return null;
  }
  const model = new Model();
  const fault = model.decode(at, length);
  if (fault == ModelFault.None) return model;
  reader.reject(faultText(fault, length));
  return null;
}

function faultText(fault: ModelFault, length: i32): string {
  switch (fault) {
    case ModelFault.Magic:
      return 'not a model file (wrong magic)';
    case ModelFault.Version:
      return 'format version is not 1';
    case ModelFault.FeatureSet:
      return 'trained for another feature set (version or hash differs)';
    case ModelFault.Shape:
      return 'shape does not fit this plugin';
    case ModelFault.Checksum:
      return 'checksum does not match: the file is damaged';
    case ModelFault.NotFinite:
      return 'holds a number that is not finite';
    case ModelFault.Temperature:
      return 'temperature must be above 0';
    case ModelFault.Weight:
      return 'holds the weight -128, weights are -127 to 127';
    default:
      return plain(length) + ' bytes are not the length of such a model';
  }
}
